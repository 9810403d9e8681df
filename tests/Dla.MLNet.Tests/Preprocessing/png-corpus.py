# Writes PNG files of all kinds into a folder, and prints for each its name and the SHA-256 of its RGB bytes, as stored and upright, by Pillow.
# "-" stands for a file that Pillow refuses. Of 16-bit gray, which Pillow clips, the values are divided by 257 here.
import hashlib, os, random, struct, sys, zlib
from PIL import Image, ImageOps

folder = sys.argv[1]
KINDS = [(0, 1, 1), (0, 2, 1), (0, 4, 1), (0, 8, 1), (0, 16, 1), (2, 8, 3), (2, 16, 3),
         (3, 1, 1), (3, 2, 1), (3, 4, 1), (3, 8, 1), (4, 8, 2), (4, 16, 2), (6, 8, 4), (6, 16, 4)]
SIZES = [(1, 1), (2, 1), (1, 2), (3, 3), (4, 5), (5, 4), (7, 9), (8, 8), (9, 7), (13, 2), (16, 33), (33, 16), (61, 43)]
random.seed(1)


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def values(width, height, depth, channels):
    """Smooth in places, noisy in others, so that each filter meets all of its cases."""
    top = 2 ** depth - 1
    rows = []
    for y in range(height):
        rows.append([(random.randrange(top + 1) if (x // 8 + y // 5) % 2 else (x * 3 + y * 5 + 40 * c) * top // 255 % (top + 1))
                     for x in range(width) for c in range(channels)])
    return rows


def pack(row, depth):
    if depth == 16:
        return b''.join(struct.pack('>H', v) for v in row)
    if depth == 8:
        return bytes(row)
    bits = ''.join(format(v, f'0{depth}b') for v in row)
    bits += '0' * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def paeth(a, b, c):
    p = a + b - c
    near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))
    return near[2]


def filtered(rows, bpp, choose):
    out, above = b'', None
    for y, row in enumerate(rows):
        above = above or bytes(len(row))
        kind = choose(y)
        left = bytes(bpp) + row
        corner = bytes(bpp) + above
        line = []
        for i, v in enumerate(row):
            a, b, c = left[i], above[i], corner[i]
            line.append(v - (0, a, b, (a + b) // 2, paeth(a, b, c))[kind] & 255)
        out += bytes([kind]) + bytes(line)
        above = row
    return out


def data(width, height, depth, channels, interlaced, choose, pixels):
    bpp = max(1, depth * channels // 8)
    if not interlaced:
        return filtered([pack(row, depth) for row in pixels], bpp, choose)
    out = b''
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        rows = [[pixels[y][x * channels + c] for x in range(x0, width, dx) for c in range(channels)] for y in range(y0, height, dy)]
        if rows and rows[0]:
            out += filtered([pack(row, depth) for row in rows], bpp, choose)
    return out


def write(name, width, height, kind, depth, channels, interlaced=False, choose=lambda y: y % 5, colors=None, before=b'', after=b'', split=None, level=6):
    pixels = values(width, height, depth, channels)
    packed = zlib.compress(data(width, height, depth, channels, interlaced, choose, pixels), level)
    parts = [packed] if split is None else [packed[i:i + split] for i in range(0, len(packed), split)]
    if split is not None:
        parts[1:1] = [b'', b'']
    if kind == 3 and colors is None:
        colors = 2 ** depth
    palette = chunk(b'PLTE', bytes(random.randrange(256) for _ in range(3 * colors))) if colors else b''
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, kind, 0, 0, int(interlaced)))
                   + before + palette + after + b''.join(chunk(b'IDAT', part) for part in parts) + chunk(b'IEND', b''))
    if (kind, depth) == (0, 16):
        gray[name] = bytes((v + 128) // 257 for row in pixels for v in row for _ in range(3))


gray = {}
for kind, depth, channels in KINDS:
    name = f'{kind}-{depth}'
    for interlaced in (False, True):
        for width, height in SIZES:
            write(f'{name}-{width}x{height}-{int(interlaced)}.png', width, height, kind, depth, channels, interlaced)
        for only in range(5):
            write(f'{name}-filter-{only}-{int(interlaced)}.png', 37, 11, kind, depth, channels, interlaced, choose=lambda y: only)
    write(f'{name}-long-rows.png', 30011, 2, kind, depth, channels, choose=lambda y: 4 - y)
    write(f'{name}-split.png', 31, 17, kind, depth, channels, split=7, level=0)
    write(f'{name}-fixed.png', 31, 17, kind, depth, channels, True, split=1, level=1)
    clear = {0: b'\0\1', 2: b'\0\1\0\2\0\3', 3: b'\0\x80\xff'[:2 ** depth]}.get(kind, b'')
    if clear:
        write(f'{name}-tRNS.png', 19, 13, kind, depth, channels, after=chunk(b'tRNS', clear))
    bits = [min(depth, 5)] * {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}[kind]
    for green in ([5, 6, 8] if kind == 3 else [min(depth, 6)]):
        significant = bytes(bits[:1] + [green] + bits[2:]) if len(bits) > 2 else bytes(bits)
        write(f'{name}-sBIT-{green}.png', 40, 20, kind, depth, channels, before=chunk(b'sBIT', significant))
        write(f'{name}-sBIT-{green}-wide.png', 5001, 1, kind, depth, channels, before=chunk(b'sBIT', significant))
    write(f'{name}-gAMA.png', 19, 13, kind, depth, channels, before=chunk(b'gAMA', struct.pack('>I', 45455)) + chunk(b'cHRM', bytes(32)))
    write(f'{name}-iCCP.png', 19, 13, kind, depth, channels, before=chunk(b'iCCP', b'x\0\0' + zlib.compress(bytes(500))))
    if kind in (2, 6):
        write(f'{name}-PLTE.png', 19, 13, kind, depth, channels, colors=7)
    for colors in (1, 2, 3, 5, 100, 255):
        if kind == 3 and colors < 2 ** depth:
            write(f'{name}-{colors}-colors.png', 31, 17, kind, depth, channels, colors=colors)
    control = struct.pack('>IIIIIHHBB', 0, 19, 13, 0, 0, 1, 10, 0, 0)
    write(f'{name}-animated.png', 19, 13, kind, depth, channels, before=chunk(b'acTL', struct.pack('>II', 1, 0)) + chunk(b'fcTL', control))
    for orientation in range(1, 9):
        block = b'MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1' + struct.pack('>H', orientation) + bytes(6)
        write(f'{name}-orientation-{orientation}.png', 13, 7, kind, depth, channels, before=chunk(b'eXIf', block))


def digest(pixels):
    return hashlib.sha256(pixels).hexdigest()


def line(name):
    path = os.path.join(folder, name)
    try:
        image = Image.open(path)
        if name in gray:
            size = image.size
            image = Image.frombytes('RGB', size, gray[name])
            image.info['exif'] = Image.open(path).info.get('exif', b'')
        upright = image.copy()
        upright.info = dict(image.info)
        return digest(image.convert('RGB').tobytes()), digest(ImageOps.exif_transpose(upright).convert('RGB').tobytes())
    except (OSError, SyntaxError, ValueError):
        return '-', '-'


for name in sorted(os.listdir(folder)):
    print(name, *line(name))
