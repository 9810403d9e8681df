# Writes WebP files of many kinds into a folder, and prints for each its name and the SHA-256 of its RGB bytes, as stored and upright, by Pillow.
import hashlib, math, os, random, sys
from PIL import Image, ImageOps

folder = sys.argv[1]
random.seed(2)


def photo(width, height):
    image = Image.new('RGB', (width, height))
    image.putdata([(int(128 + 100 * math.sin(x / 7) + random.random() * 20), (x * 5 + y * 3) % 256, int(128 + 120 * math.cos(y / 5 + x / 11)))
                   for y in range(height) for x in range(width)])
    return image


def with_alpha(image):
    alpha = Image.new('L', image.size)
    alpha.putdata([(x * 7 + y * 11) % 256 for y in range(image.height) for x in range(image.width)])
    image = image.copy()
    image.putalpha(alpha)
    return image


def save(image, name, **options):
    image.save(os.path.join(folder, name), **options)


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block


for width, height in ((1, 1), (2, 1), (1, 2), (3, 5), (7, 8), (16, 16), (17, 9), (61, 43), (200, 3), (3, 200), (301, 217)):
    image = photo(width, height)
    size = f'{width}x{height}'
    noise = Image.frombytes('RGB', (width, height), bytes(random.randrange(256) for _ in range(3 * width * height)))
    blocks = image.resize((max(1, width // 9), max(1, height // 9))).resize((width, height), Image.NEAREST)
    for kind, source in (('photo', image), ('noise', noise), ('blocks', blocks)):
        for method in (0, 3, 6):
            save(source, f'{kind}-{size}-lossless-{method}.webp', lossless=True, method=method, quality=16 * method)
        save(source, f'{kind}-{size}-lossy.webp', quality=60)
        save(with_alpha(source), f'{kind}-{size}-lossless-alpha.webp', lossless=True, exact=True)
        save(with_alpha(source), f'{kind}-{size}-lossy-alpha.webp', quality=60)
    for colors in (1, 2, 3, 4, 5, 15, 16, 17, 100, 256):
        palette = blocks.quantize(colors).convert('RGB')
        save(palette, f'palette-{size}-{colors}.webp', lossless=True, method=colors % 7)
for orientation in range(1, 9):
    save(photo(13, 7), f'orientation-{orientation}.webp', exif=exif(orientation), lossless=True)
    save(photo(13, 7), f'orientation-{orientation}-lossy.webp', exif=exif(orientation), icc_profile=bytes(99))
frames = [photo(40, 30).rotate(a) for a in (0, 30, 60)]
for lossless in (False, True):
    for source in (frames, [with_alpha(f) for f in frames]):
        save(source[0], f'frames-{lossless}-{source[0].mode}.webp', save_all=True, append_images=source[1:], duration=40, lossless=lossless)
transparent = Image.new('RGBA', (40, 30))
transparent.paste(photo(10, 8), (20, 12))
save(transparent, 'aside.webp', save_all=True, append_images=[with_alpha(frames[1])], duration=40, lossless=True, allow_mixed=True)


def digest(image):
    return hashlib.sha256(image.convert('RGB').tobytes()).hexdigest()


for name in sorted(os.listdir(folder)):
    image = Image.open(os.path.join(folder, name))
    print(name, digest(image), digest(ImageOps.exif_transpose(Image.open(os.path.join(folder, name)))))
