"""Writes photo.jpg (640x425) and picture.png (2162x762, alpha): smooth gradients with seeded noise, for timing. Needs Pillow."""
import random

from PIL import Image

random.seed(1)
small = Image.new("RGB", (80, 53))
small.putdata([tuple(random.randrange(256) for _ in range(3)) for _ in range(80 * 53)])
small.resize((640, 425), Image.BICUBIC).save("photo.jpg", quality=90)
small = Image.new("RGBA", (216, 76))
small.putdata([tuple(random.randrange(256) for _ in range(4)) for _ in range(216 * 76)])
small.resize((2162, 762), Image.BICUBIC).save("picture.png")
