"""The things held before the camera: containers with their codes, packs with their dates."""

from scripts.render_pictures.face import BLACK, WHITE, Colour, Face, container_text
from scripts.render_pictures.ink import BOLD, KOREAN, SANS, Ink, dot_matrix, type_set

NUTRITION = ["Nutrition facts", "Energy   120 kcal", "Protein   6.4 g", "Fat   7.2 g", "Sodium   105 mg", "LOT 4 31 88"]
BLUE: Colour = (38, 92, 168)
GREEN: Colour = (64, 128, 78)
RED: Colour = (176, 48, 52)
GRAY: Colour = (150, 152, 156)
CREAM: Colour = (238, 230, 208)
FILM: Colour = (206, 214, 216)


def container(address: str, name: str) -> Face:
    """The lid of a smart container."""
    face = Face(900, 900, FILM)
    face.area(60, 60, 780, 780, (188, 198, 202), round_by=90)
    face.code(container_text(address), 240, 210, 420)
    face.ink(type_set("be fresh", 44, BOLD), 330, 720, (70, 90, 90))
    face.ink(type_set(name, 40, KOREAN), 330, 100, (70, 90, 90))
    return face


def carton(name: str, date: Ink, colour: Colour = BLUE) -> Face:
    """A carton with a coloured band and the date sprayed on the white below it."""
    face = Face(760, 940, WHITE)
    face.area(0, 0, 760, 300, colour)
    face.ink(type_set(name, 130, KOREAN), 70, 70, WHITE)
    face.ink(type_set("FRESH FROM THE FARM", 34, BOLD), 74, 236, WHITE)
    face.small_print(NUTRITION, 80, 640, 22, (90, 90, 100))
    face.ink(date, 80, 420, BLACK, 0.9)
    return face


def tray(name: str, lines: list[Ink], colour: Colour = GREEN, ink: Colour = BLACK, film: Colour = FILM) -> Face:
    """A tray under film; dates on neighbouring lines."""
    face = Face(1000, 760, film)
    face.area(0, 0, 1000, 210, colour)
    face.ink(type_set(name, 110, KOREAN), 60, 50, WHITE)
    face.small_print(["Soy beans, water, salt", "Keep refrigerated 0-10", "Net weight 300 g"], 600, 520, 24, GRAY)
    for number, line in enumerate(lines):
        face.ink(line, 70, 320 + 95 * number, ink, 0.92)
    return face


def coded_pack(name: str, text: str) -> Face:
    """A pack whose code leads to the maker's site."""
    face = Face(760, 900, CREAM)
    face.area(0, 0, 760, 220, RED)
    face.ink(type_set(name, 100, KOREAN), 60, 60, WHITE)
    face.code(text, 220, 340, 320)
    face.small_print(["Scan for recipes"], 250, 730, 28, RED)
    return face


def sprayed(text: str, height: int = 56, seed: int = 0) -> Ink:
    return dot_matrix(text, height, seed=seed)


def stamped(text: str, height: int = 60) -> Ink:
    return type_set(text, height, BOLD)


def printed(text: str, height: int = 56) -> Ink:
    return type_set(text, height, KOREAN)


def plain(text: str, height: int = 56) -> Ink:
    return type_set(text, height, SANS)
