"""Writes four images that are small as files and large in memory. Usage: /usr/bin/python3 large-images.py FOLDER"""
import os, struct, sys, zlib
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
folder = sys.argv[1]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def interlaced_png(side):
    """16 bits, RGBA, Adam7: 8 bytes a pixel, all zero."""
    packer, packed = zlib.compressobj(9), b""
    for left, top, right, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        row = bytes(1 + 8 * ((side - left + right - 1) // right))
        for _ in range((side - top + down - 1) // down):
            packed += packer.compress(row)
    packed += packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


photo = Image.effect_mandelbrot((6000, 4000), (-2, -1.2, 1, 1.2), 60).convert("RGB")
photo.save(os.path.join(folder, "baseline.jpg"), quality=85)
photo.save(os.path.join(folder, "progressive.jpg"), quality=85, progressive=True)
Image.new("RGB", (7000, 7000)).save(os.path.join(folder, "plain.webp"), lossless=True)
with open(os.path.join(folder, "interlaced.png"), "wb") as png:
    png.write(interlaced_png(7000))
