# Writes JPEG files that end after some of their scans, that are damaged, and that have odd EXIF blocks into a folder.
# Prints for each its name and the SHA-256 of its upright RGB bytes by Pillow, or - for those that Pillow refuses.
import hashlib, io, itertools, math, os, random, struct, sys, warnings
from PIL import Image, ImageOps

warnings.simplefilter('ignore')
folder = sys.argv[1]
rng = random.Random(6)


def draw(width, height, channels, noise):
    data = bytes(rng.randrange(256) if noise else int(128 + 99 * math.sin(x / (5 + c)) + 27 * math.cos(y / (3 + c)))
                 for y in range(height) for x in range(width) for c in range(channels))
    return Image.frombytes({1: 'L', 3: 'RGB', 4: 'CMYK'}[channels], (width, height), data)


def encode(width, height, channels, noise=False, **options):
    file = io.BytesIO()
    draw(width, height, channels, noise).save(file, 'JPEG', **options)
    return file.getvalue()


def scans(data):
    """Where the scans' headers and the end are."""
    at, found = 2, []
    while True:
        if data[at] != 0xff or data[at + 1] == 0 or 0xd0 <= data[at + 1] <= 0xd7:
            at += 1
            continue
        marker = data[at + 1]
        if marker in (0xda, 0xd9):
            found.append(at)
        if marker == 0xd9:
            return found
        at += 2 + struct.unpack('>H', data[at + 2:at + 4])[0]


def write(name, data):
    with open(os.path.join(folder, name + '.jpg'), 'wb') as file:
        file.write(data)


SIZES = ((1, 1), (8, 8), (9, 9), (16, 16), (17, 16), (16, 17), (24, 8), (8, 24), (31, 33), (40, 50), (65, 20), (20, 65))
for (width, height), channels, noise, quality in itertools.product(SIZES, (1, 3, 4), (False, True), (20, 95)):
    for sampling in (0, 1, 2) if channels == 3 else (0,):
        options = {'subsampling': sampling} if channels == 3 else {}
        data = encode(width, height, channels, noise, quality=quality, progressive=True, **options)
        ends = scans(data)
        number = rng.randrange(1, len(ends) - 1)
        write(f'unfinished-{width}x{height}-{channels}-{noise}-{quality}-{sampling}-{number}', data[:ends[number]] + b'\xff\xd9')

SEEDS = [encode(w, h, c, quality=q, progressive=p) for w, h, c, q, p in itertools.product((40, 61), (33, 48), (1, 3, 4), (40, 90), (False, True))]
for i in range(800):
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(2, len(data)) if rng.random() < 0.7 else rng.randrange(2, min(300, len(data)))
        kind = rng.randrange(6)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice((0, 1, 0xc4, 0xd0, 0xd9, 0xda, 0xff))
        elif kind == 2:
            del data[at:at + rng.randrange(1, 40)]
        elif kind == 3:
            start = rng.randrange(len(data))
            data[at:at] = data[start:start + rng.randrange(1, 60)]
        elif kind == 4:
            data[at:] = b'\xff\xd9'
        else:
            data[at] = rng.randrange(256)
        if len(data) < 400:
            break
    write(f'damaged-{i}', bytes(data))

PLAIN = encode(5, 3, 3, quality=95, subsampling=0)
for i in range(400):
    order = rng.choice('<>')
    entries = [(rng.choice((0x0112, 0x0112, 0x010f, 0x011a)), rng.choice((1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17)), rng.choice((0, 1, 1, 1, 2, 3)))
               for _ in range(rng.randrange(1, 4))]
    block = rng.choice((b'II*\0', b'II\0*') if order == '<' else (b'MM\0*', b'MM*\0', b'MM\0+')) + struct.pack(order + 'LH', 8, len(entries))
    for tag, kind, count in entries:
        value = rng.choice((struct.pack(order + 'HH', rng.randrange(10), rng.randrange(10)), struct.pack(order + 'L', rng.choice((2, 6, 8, 30, 46, 200))),
                            struct.pack(order + 'f', rng.randrange(10)), bytes((rng.randrange(10), 0, 0, 0))))
        block += struct.pack(order + 'HHL', tag, kind, count) + value
    block += bytes(4) + struct.pack(order + 'LL', rng.randrange(12), rng.randrange(1, 3)) + struct.pack(order + 'd', rng.randrange(10))
    block = b'Exif\0\0' + block[:rng.choice((len(block), len(block), rng.randrange(len(block))))]
    write(f'exif-{i}', PLAIN[:2] + b'\xff\xe1' + struct.pack('>H', len(block) + 2) + block + PLAIN[2:])

for name in sorted(os.listdir(folder)):
    try:
        image = ImageOps.exif_transpose(Image.open(os.path.join(folder, name))).convert('RGB')
        print(name, hashlib.sha256(image.tobytes()).hexdigest())
    except Exception:
        print(name, '-')
