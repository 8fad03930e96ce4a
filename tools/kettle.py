"""A picture to talk about: a kettle on a table, for the pictures of the clients."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter, ImageOps

SIZE = (640, 420)
_WALL = ("#223e5c", "#ecc494")
"""The colours of the wall, above and below."""
_TABLE, _EDGE = (96, 62, 44), (70, 44, 32)
_KETTLE, _SHADE, _LIGHT, _HANDLE = (196, 58, 44), (150, 38, 34), (244, 160, 140), (38, 28, 30)


def kettle() -> bytes:
    """The picture, as a PNG."""
    width, height = SIZE
    picture = ImageOps.colorize(Image.linear_gradient("L").resize(SIZE), _WALL[0], _WALL[1])
    steam = Image.new("L", SIZE)
    puff = ImageDraw.Draw(steam)
    for x, y, radius in ((566, 120, 16), (580, 84, 24), (560, 40, 32), (590, 6, 30)):
        puff.ellipse((x - radius, y - radius, x + radius, y + radius), fill=190)
    picture.paste((240, 240, 246), mask=steam.filter(ImageFilter.GaussianBlur(9)))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 350, width, height), fill=_TABLE)
    draw.rectangle((0, 350, width, 362), fill=_EDGE)
    draw.arc((190, 40, 450, 300), 180, 360, fill=_HANDLE, width=22)
    draw.polygon([(430, 230), (560, 140), (584, 166), (450, 320)], fill=_SHADE)
    draw.rounded_rectangle((180, 150, 460, 372), 110, fill=_KETTLE)
    draw.chord((184, 150, 456, 372), 25, 155, fill=_SHADE)
    draw.rounded_rectangle((258, 132, 382, 160), 12, fill=_SHADE)
    draw.ellipse((302, 104, 338, 136), fill=_HANDLE)
    draw.ellipse((216, 190, 282, 262), fill=_LIGHT)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
