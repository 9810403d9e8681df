#!/usr/bin/python3
"""Hashes of what torchvision 0.14's _apply_op makes, with Pillow, of a formula image: python3 make.py > pillow-operations.json

torchvision's own code around Pillow (matrices, factors, tables) is written out here, so that only Pillow is needed.
"""
import hashlib, json, math, struct
from PIL import Image, ImageEnhance, ImageOps

def uniform(name, count):
    seed, mask = 0xcbf29ce484222325, (1 << 64) - 1
    for b in name.encode():
        seed = ((seed ^ b) * 0x100000001b3) & mask
    for i in range(count):
        z = (seed + (i + 1) * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        z ^= z >> 31
        yield (z >> 40) / (1 << 24)

def image(width, height):
    """A smooth gradient under noise of limited range, so that contrasts and histograms are not trivial."""
    noise = list(uniform(f"augment-{width}x{height}", width * height * 3))
    data = bytes(min(255, int(20 + 90 * noise[(y * width + x) * 3 + c] + 100 * (x if c == 0 else y) // max(width, height)))
                 for y in range(height) for x in range(width) for c in range(3))
    return Image.frombytes("RGB", (width, height), data)

def affine(img, shear, translate, center):
    cx, cy = center
    sx, sy = math.radians(shear[0]), math.radians(shear[1])
    tx, ty = translate
    rot = 0.0
    a = math.cos(rot - sy) / math.cos(sy)
    b = -math.cos(rot - sy) * math.tan(sx) / math.cos(sy) - math.sin(rot)
    c = math.sin(rot - sy) / math.cos(sy)
    d = -math.sin(rot - sy) * math.tan(sx) / math.cos(sy) + math.cos(rot)
    m = [d, -b, 0.0, -c, a, 0.0]
    m[2] += m[0] * (-cx - tx) + m[1] * (-cy - ty) + cx
    m[5] += m[3] * (-cx - tx) + m[4] * (-cy - ty) + cy
    return img.transform(img.size, Image.AFFINE, m, Image.NEAREST, fillcolor=(0, 0, 0))

def apply(img, op, m):
    w, h = img.size
    return {
        "ShearX": lambda: affine(img, [math.degrees(math.atan(m)), 0.0], [0, 0], [0, 0]),
        "ShearY": lambda: affine(img, [0.0, math.degrees(math.atan(m))], [0, 0], [0, 0]),
        "TranslateX": lambda: affine(img, [0.0, 0.0], [int(m), 0], [w * 0.5, h * 0.5]),
        "TranslateY": lambda: affine(img, [0.0, 0.0], [0, int(m)], [w * 0.5, h * 0.5]),
        "Rotate": lambda: img.rotate(m, Image.NEAREST, False, None, fillcolor=(0, 0, 0)),
        "Brightness": lambda: ImageEnhance.Brightness(img).enhance(1.0 + m),
        "Color": lambda: ImageEnhance.Color(img).enhance(1.0 + m),
        "Contrast": lambda: ImageEnhance.Contrast(img).enhance(1.0 + m),
        "Sharpness": lambda: ImageEnhance.Sharpness(img).enhance(1.0 + m),
        "Posterize": lambda: ImageOps.posterize(img, int(m)),
        "Solarize": lambda: ImageOps.solarize(img, m),
        "AutoContrast": lambda: ImageOps.autocontrast(img),
        "Equalize": lambda: ImageOps.equalize(img),
        "Identity": lambda: img.copy(),
    }[op]()

def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]

def linspace(first, last, bins=31):
    """torch.linspace in float32."""
    first, last = single(first), single(last)
    step = single(single(last - first) / (bins - 1))
    return [single(first + single(step * i)) if i < bins // 2 else single(last - single(step * (bins - 1 - i))) for i in range(bins)]

def table(shear, translate, rotate, enhance, bits):
    signed = {"ShearX": shear, "ShearY": shear, "TranslateX": translate, "TranslateY": translate, "Rotate": rotate,
              "Brightness": enhance, "Color": enhance, "Contrast": enhance, "Sharpness": enhance}
    entries = {op: (linspace(0.0, most), True) for op, most in signed.items()}
    entries["Posterize"] = ([8 - round(i / (30 / bits)) for i in range(31)], False)
    entries["Solarize"] = (linspace(255.0, 0.0), False)
    for op in ("Identity", "AutoContrast", "Equalize"):
        entries[op] = ([0.0], False)
    return entries

cases = []
for width, height in ((32, 32), (45, 29), (64, 64), (2, 2), (1, 1)):
    img = image(width, height)
    tables = [table(0.99, 32.0, 135.0, 0.99, 6)]
    if width == height == 32:
        tables.append(table(0.3, 150.0 / 331.0 * 32, 30.0, 0.9, 4))
    for entries in tables:
        for op, (magnitudes, signed) in entries.items():
            chosen = magnitudes if width in (32, 45) else magnitudes[::10]
            for m in chosen:
                for sign in ((1, -1) if signed and m else (1,)):
                    pixels = apply(img, op, sign * m).tobytes()
                    cases.append([op, sign * m, width, height, hashlib.sha256(pixels).hexdigest()[:16]])
print(json.dumps({
    "pillow": Image.__version__ if hasattr(Image, "__version__") else "",
    "trivialAugmentWide": {op: e[0] for op, e in table(0.99, 32.0, 135.0, 0.99, 6).items()},
    "randAugment32": {op: e[0] for op, e in table(0.3, 150.0 / 331.0 * 32, 30.0, 0.9, 4).items()},
    "images": {f"{w}x{h}": hashlib.sha256(image(w, h).tobytes()).hexdigest()[:16] for w, h in ((32, 32), (45, 29), (64, 64), (2, 2), (1, 1))},
    "cases": cases,
}).replace("], [", "],\n["))
