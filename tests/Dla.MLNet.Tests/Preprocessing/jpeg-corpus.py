# Writes JPEG files of many kinds into a folder, and prints for each its name and the SHA-256 of its RGB bytes, as stored and upright, by Pillow.
import hashlib, itertools, math, os, random, struct, sys
from PIL import Image

folder = sys.argv[1]
rng = random.Random(4)


def draw(kind, width, height, channels):
    count = width * height * channels
    if kind == 'noise':
        data = bytes(rng.randrange(256) for _ in range(count))
    elif kind == 'contrast':
        data = bytes(rng.choice((0, 255)) for _ in range(count))
    else:
        data = bytes(int(128 + 99 * math.sin(x / (5 + c)) + 27 * math.cos(y / (3 + c))) for y in range(height) for x in range(width) for c in range(channels))
    return Image.frombytes({1: 'L', 3: 'RGB', 4: 'CMYK'}[channels], (width, height), data)


def save(image, name, **options):
    image.save(os.path.join(folder, name + '.jpg'), 'JPEG', **options)


SIZES = ((1, 1), (2, 1), (1, 2), (3, 3), (4, 5), (5, 4), (7, 9), (8, 8), (9, 7), (15, 17), (16, 16), (17, 15), (33, 31), (47, 64), (65, 63), (100, 1), (1, 100), (130, 35))
for (i, (w, h)), kind in itertools.product(enumerate(SIZES), ('noise', 'contrast', 'smooth')):
    rgb = draw(kind, w, h, 3)
    for sampling, progressive in itertools.product((0, 1, 2), (False, True)):
        for quality in (1, 100) if i % 2 else (30, 95):
            save(rgb, f'{kind}-{w}x{h}-{sampling}-{quality}-{progressive}', subsampling=sampling, quality=quality, progressive=progressive, optimize=(i + sampling) % 3 == 0)
    for name, channels in (('gray', 1), ('cmyk', 4)):
        for quality in (1, 75, 100):
            save(draw(kind, w, h, channels), f'{name}-{kind}-{w}x{h}-{quality}', quality=quality, progressive=quality == 75)
for quality in range(1, 101, 3):
    save(draw('smooth', 40, 30, 3), f'quality-{quality}', quality=quality)
for factor in (1, 255, 1000, 30000):
    save(draw('noise', 40, 30, 3), f'factor-{factor}', qtables=[[factor] * 64, [factor] * 64])


class Bits:
    def __init__(self):
        self.text = ''

    def put(self, value, length):
        self.text += format(value, f'0{length}b') if length else ''

    def bytes(self):
        self.text += '1' * (-len(self.text) % 8)
        return bytes(int(self.text[i:i + 8], 2) for i in range(0, len(self.text), 8)).replace(b'\xff', b'\xff\0')


def segment(marker, data):
    return bytes((0xff, marker)) + struct.pack('>H', len(data) + 2) + data


AC = [0x00, 0xf0] + [run << 4 | size for run in range(16) for size in range(1, 15)]


def number(bits, value):
    size = abs(value).bit_length()
    bits.put(value if value > 0 else value + (1 << size) - 1, size)


def block(bits, coefficients, last, length):
    """Codes a block; the codes of the AC symbols are their indices, all of the same length."""
    difference = coefficients[0] - last
    bits.put(abs(difference).bit_length(), 5)
    number(bits, difference)
    run = 0
    for value in coefficients[1:]:
        if value == 0:
            run += 1
            continue
        while run > 15:
            bits.put(AC.index(0xf0), length)
            run -= 16
        bits.put(AC.index(run << 4 | abs(value).bit_length()), length)
        number(bits, value)
        run = 0
    if run:
        bits.put(AC.index(0), length)


def random_block(largest):
    count = rng.choice((0, 0, 1, 3, 10, 63))
    values = [rng.randint(-largest, largest) for _ in range(count + 1)]
    return [value if rng.random() < 0.8 else 0 for value in values] + [0] * (63 - count)


def write(name, width, height, factors, restart=0, separate=False, ids=(1, 2, 3, 4), adobe=None, largest=60, quantum=5, length=9):
    """Writes an image of random coefficients; factors are those of each component's sampling."""
    mh, mv = max(f[0] for f in factors), max(f[1] for f in factors)
    count = len(factors)
    data = b'\xff\xd8' + (segment(0xee, b'Adobe' + bytes((0, 100, 0, 0, 0, 0, adobe))) if adobe is not None else b'')
    data += segment(0xdb, b'\x10' + struct.pack('>64H', *[quantum + i % 7 for i in range(64)]))
    data += segment(0xc1, struct.pack('>BHHB', 8, height, width, count) + b''.join(bytes((ids[i], factors[i][0] << 4 | factors[i][1], 0)) for i in range(count)))
    data += segment(0xc4, b'\0' + bytes(16 if i == 5 else 0 for i in range(1, 17)) + bytes(range(16)))
    data += segment(0xc4, b'\x10' + bytes(len(AC) if i == length else 0 for i in range(1, 17)) + bytes(AC))
    data += segment(0xdd, struct.pack('>H', restart))
    columns, rows = -(-width // (8 * mh)), -(-height // (8 * mv))
    for scan in [[i] for i in range(count)] if separate else [list(range(count))]:
        data += segment(0xda, bytes((len(scan),)) + b''.join(bytes((ids[i], 0)) for i in scan) + bytes((0, 63, 0)))
        if len(scan) == 1:
            h, v = factors[scan[0]]
            mcus = (-(-(-(-width * h // mh)) // 8)) * (-(-(-(-height * v // mv)) // 8))
        else:
            mcus = columns * rows
        bits, last = Bits(), [0] * count
        for mcu in range(mcus):
            if restart and mcu and mcu % restart == 0:
                data += bits.bytes() + bytes((0xff, 0xd0 + (mcu // restart - 1) % 8))
                bits, last = Bits(), [0] * count
            for i in scan:
                for _ in range(1 if len(scan) == 1 else factors[i][0] * factors[i][1]):
                    coefficients = random_block(largest)
                    block(bits, coefficients, last[i], length)
                    last[i] = coefficients[0]
        data += bits.bytes()
    with open(os.path.join(folder, name + '.jpg'), 'wb') as file:
        file.write(data + b'\xff\xd9')


ONE = (1, 1)
SAMPLINGS = [[(h, v), ONE, ONE] for h in (1, 2, 3, 4) for v in (1, 2, 3, 4) if h * v <= 8] + [
    [(2, 2), (2, 1), (1, 2)], [(1, 1), (2, 2), (2, 2)], [(2, 2), (2, 2), ONE], [(2, 3), (2, 1), (1, 1)], [(1, 4), (1, 2), (1, 1)], [(4, 1), (2, 1), (1, 1)], [(2, 2)], [(1, 3)],
    [(2, 2), ONE, ONE, (2, 2)], [(2, 1), ONE, ONE, (2, 1)], [(1, 2), ONE, ONE, (1, 2)], [ONE] * 4]
for i, factors in enumerate(SAMPLINGS):
    for width, height in ((1, 1), (5, 70), (33, 40), (61, 17), (100, 95)):
        name = 'sampling-' + '-'.join(f'{h}{v}' for h, v in factors) + f'-{width}x{height}'
        write(name, width, height, factors)
        write(name + '-restart', width, height, factors, restart=1 + i % 5)
        write(name + '-separate', width, height, factors, separate=True, restart=i % 3)
for largest, quantum in ((2, 1), (200, 20), (2000, 3), (2000, 100), (16000, 1), (16000, 255), (16000, 9000)):
    for length in (9, 12, 16):
        write(f'extreme-{largest}-{quantum}-{length}', 50, 50, [(2, 2), ONE, ONE], largest=largest, quantum=quantum, length=length)
for name, ids, adobe in (('ids', (82, 71, 66), None), ('adobe-0', (1, 2, 3), 0), ('adobe-1', (82, 71, 66), 1), ('other-ids', (0, 1, 2), None)):
    write('rgb-' + name, 30, 20, [ONE] * 3, ids=ids, adobe=adobe)
for adobe in (None, 0, 2):
    write(f'four-{adobe}', 30, 20, [(2, 2), ONE, ONE, (2, 2)], adobe=adobe)

for name in sorted(os.listdir(folder)):
    digest = hashlib.sha256(Image.open(os.path.join(folder, name)).convert('RGB').tobytes()).hexdigest()
    print(name, digest, digest)
