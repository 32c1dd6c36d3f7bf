"""Writes photo.jpg (640x425) and picture.png (2162x762, alpha), which are smooth gradients with seeded noise, and drawing.png, for timing. Needs Pillow."""
import random

from PIL import Image, ImageDraw

random.seed(1)
small = Image.new("RGB", (80, 53))
small.putdata([tuple(random.randrange(256) for _ in range(3)) for _ in range(80 * 53)])
small.resize((640, 425), Image.BICUBIC).save("photo.jpg", quality=90)
small = Image.new("RGBA", (216, 76))
small.putdata([tuple(random.randrange(256) for _ in range(4)) for _ in range(216 * 76)])
small.resize((2162, 762), Image.BICUBIC).save("picture.png")
# drawing.png is as large, but of flat colours, as most files of this format are.
large = Image.new("RGBA", (4324, 1524))
draw = ImageDraw.Draw(large)
for _ in range(120):
    x, y, w, h = random.randrange(4000), random.randrange(1400), random.randrange(40, 600), random.randrange(40, 300)
    colour = tuple(random.randrange(256) for _ in range(3)) + (255,)
    random.choice((draw.ellipse, draw.rectangle))((x, y, x + w, y + h), fill=colour, outline=(0, 0, 0, 255), width=6)
    draw.line((x, y, random.randrange(4324), random.randrange(1524)), fill=colour, width=8)
large.resize((2162, 762), Image.BOX).save("drawing.png")
