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
