# Writes images of many kinds into a folder, and prints for each its name and the SHA-256 of its RGB bytes, as stored and upright, by Pillow.
import hashlib, math, os, struct, sys, zlib
from PIL import Image, ImageOps

folder = sys.argv[1]
W, H = 61, 43
rgb = Image.new('RGB', (W, H))
rgb.putdata([(int(128 + 100 * math.sin(x / 7) + (x * y) % 23), (x * 5 + y * 3) % 256, int(128 + 120 * math.cos(y / 5 + x / 11))) for y in range(H) for x in range(W)])
gray = rgb.convert('L')
alpha = Image.new('L', (W, H))
alpha.putdata([(x * 7 + y * 11) % 256 for y in range(H) for x in range(W)])
rgba, la = rgb.copy(), Image.merge('LA', (gray, alpha))
rgba.putalpha(alpha)


def save(image, name, **options):
    image.save(os.path.join(folder, name), **options)


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block


for sampling in (0, 1, 2):
    for progressive in (False, True):
        save(rgb, f'rgb-{sampling}-{progressive}.jpg', subsampling=sampling, progressive=progressive, quality=80)
save(gray, 'gray.jpg')
save(rgb.convert('CMYK'), 'cmyk.jpg', quality=90)
for orientation in range(1, 9):
    save(rgb, f'orientation-{orientation}.jpg', exif=exif(orientation))
    save(rgb, f'orientation-{orientation}.png', exif=exif(orientation))
    save(rgb, f'orientation-{orientation}.webp', exif=exif(orientation), lossless=True)
for name, image in (('rgb', rgb), ('rgba', rgba), ('gray', gray), ('la', la), ('bits', gray.convert('1'))):
    save(image, f'{name}.png')
for colors in (2, 5, 16, 100, 256):
    palette = rgb.quantize(colors)
    save(palette, f'palette-{colors}.png')
    save(palette, f'palette-{colors}-one.png', transparency=1)
    save(palette, f'palette-{colors}-all.png', transparency=bytes(range(colors // 2)))
    save(palette, f'palette-{colors}.gif')
    save(palette, f'palette-{colors}-transparent.gif', transparency=0)
    save(palette, f'palette-{colors}-interlaced.gif', interlace=1)
    save(palette, f'palette-{colors}.bmp')
for name, image in (('rgb', rgb), ('rgba', rgba), ('gray', gray), ('bits', gray.convert('1'))):
    save(image, f'{name}.bmp')
frames = [rgb.rotate(a) for a in (0, 30, 60)]
for name in ('frames.gif', 'frames.png', 'frames.webp'):
    save(frames[0], name, save_all=True, append_images=frames[1:], duration=40)
for quality in (5, 80):
    save(rgb, f'rgb-{quality}.webp', quality=quality)
    save(rgba, f'rgba-{quality}.webp', quality=quality)
save(rgba, 'rgba-lossless.webp', lossless=True, exact=True)


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(name, depth, kind, rows, transparency=None, interlaced=False):
    colors = chunk(b'PLTE', bytes(range(3 * (2 ** depth - 1)) if depth < 8 else range(3, 243))) if kind == 3 else b''
    clear = chunk(b'tRNS', transparency) if transparency else b''
    header = chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, depth, kind, 0, 0, int(interlaced)))
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + header + colors + clear + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def pack(values, depth):
    """Values of a row's channels as bytes, several in a byte where they are smaller."""
    if depth == 16:
        return b''.join(struct.pack('>H', v) for v in values)
    bits = ''.join(format(v, f'0{depth}b') for v in values)
    bits += '0' * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def adam7(depth, channels):
    """The rows of the seven passes; those of a pass without columns do not exist."""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, H, dy):
            values = [(977 * x * x + 131 * y + 55 * c) % (2 ** depth - 1) for x in range(x0, W, dx) for c in range(channels)]
            if values:
                yield b'\0' + pack(values, depth)


for depth, kind, channels in ((8, 0, 1), (8, 2, 3), (16, 2, 3), (8, 4, 2), (16, 4, 2), (8, 6, 4), (16, 6, 4), (1, 0, 1), (2, 0, 1), (4, 0, 1), (2, 3, 1), (4, 3, 1)):
    png(f'interlaced-{depth}-{kind}.png', depth, kind, b''.join(adam7(depth, channels)), interlaced=True)
for depth, kind, channels in ((8, 0, 1), (8, 2, 3), (16, 2, 3), (2, 0, 1), (4, 3, 1)):
    rows = b''.join(b'\0' + pack([(977 * x * x + 131 * y + 55 * c) % (2 ** depth - 1) for x in range(W) for c in range(channels)], depth) for y in range(H))
    png(f'transparent-{depth}-{kind}.png', depth, kind, rows, transparency=b'\0\1' * channels if kind != 3 else bytes((255, 0, 128)))

PIXELS = [[(x * 5 + y * 3) % 256 for x in range(W)] for y in range(H)]


def bmp(name, header, colors, rows):
    offset = 14 + len(header) + len(colors)
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(b'BM' + struct.pack('<IHHI', offset + len(rows), 0, 0, offset) + header + colors + rows)


def padded(rows):
    return b''.join(row + bytes(-len(row) % 4) for row in rows)


def header(depth, compression=0, height=H, size=0, masks=b''):
    return struct.pack('<IiiHHIIiiII', 40, W, height, 1, depth, compression, size, 2835, 2835, 0, 0) + masks


three = padded(b''.join(bytes((v, 255 - v, v // 2)) for v in row) for row in PIXELS)
sixteen = padded(b''.join(struct.pack('<H', (v * 257) & 0xffff) for v in row) for row in PIXELS)
four = b''.join(b''.join(bytes((v, 255 - v, v // 2, v)) for v in row) for row in PIXELS)
eight = padded(bytes(row) for row in PIXELS)
grays = b''.join(bytes((255 - i, i, i // 3, 0)) for i in range(256))
bmp('os2-24.bmp', struct.pack('<IHHHH', 12, W, H, 1, 24), b'', three)
bmp('os2-8.bmp', struct.pack('<IHHHH', 12, W, H, 1, 8), b''.join(grays[4 * i:4 * i + 3] for i in range(256)), eight)
bmp('top-down.bmp', header(24, height=-H), b'', three)
bmp('five-five-five.bmp', header(16), b'', sixteen)
bmp('five-six-five.bmp', header(16, compression=3, masks=struct.pack('<III', 0xf800, 0x7e0, 0x1f)), b'', sixteen)
bmp('thirty-two.bmp', header(32), b'', four)
runs = b''.join(b''.join(bytes((1, v)) for v in row) + b'\0\0' for row in PIXELS) + b'\0\1'
bmp('run-length-8.bmp', header(8, compression=1, size=len(runs)), grays, runs)

# A first frame that is smaller than the picture, and stands aside.
with open(os.path.join(folder, 'palette-16.gif'), 'rb') as file:
    small = bytearray(file.read())
at = small.index(b',\0\0\0\0' + struct.pack('<HH', W, H))
small[6:10] = struct.pack('<HH', W + 20, H + 9)
for name, left, top in (('gif-in-a-larger-one.gif', 0, 0), ('gif-aside.gif', 11, 5)):
    small[at + 1:at + 5] = struct.pack('<HH', left, top)
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(small)
save(rgb, 'a-png.jpg', format='PNG')
save(rgb, 'a-jpeg.bmp', format='JPEG')

for depth, kind, channels in ((16, 2, 3), (16, 4, 2), (16, 6, 4), (1, 0, 1), (2, 0, 1), (4, 0, 1), (1, 3, 1), (2, 3, 1), (4, 3, 1), (8, 3, 1)):
    row = (W * depth * channels + 7) // 8
    pixels = b''.join(b'\0' + bytes((7 * x * x + 13 * y) % 256 for x in range(row)) for y in range(H))
    colors = chunk(b'PLTE', bytes(range(3 * (2 ** depth - 1)) if depth < 8 else range(3, 243))) if kind == 3 else b''
    with open(os.path.join(folder, f'raw-{depth}-{kind}.png'), 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, depth, kind, 0, 0, 0)) + colors + chunk(b'IDAT', zlib.compress(pixels)) + chunk(b'IEND', b''))


def digest(image):
    return hashlib.sha256(image.convert('RGB').tobytes()).hexdigest()


for name in sorted(os.listdir(folder)):
    image = Image.open(os.path.join(folder, name))
    print(name, digest(image), digest(ImageOps.exif_transpose(Image.open(os.path.join(folder, name)))))
