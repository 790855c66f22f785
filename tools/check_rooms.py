"""Checks that no #include points upward: a room may include only itself and the rooms that it is built on.

    python3 tools/check_rooms.py CMakeLists.txt src

The rooms and what each is built on are read from the inkling_room() lines of CMakeLists.txt; a folder without such a
line is the program, which may include every room.
"""
import re
import sys
from pathlib import Path


def read_rooms(cmake_lists):
    """For each room, those that it may include: itself and, through them, all that it is built on."""
    rooms = {}
    for name, libraries in re.findall(r"^inkling_room\((\w+)([^)]*)\)", cmake_lists.read_text(), re.MULTILINE):
        below = re.findall(r"\binkling_(\w+)", libraries)
        rooms[name] = {name}.union(*(rooms[room] for room in below))
    return rooms


def upward_includes(source, rooms):
    for file in sorted(source.rglob("*")):
        allowed = rooms.get(file.relative_to(source).parts[0])
        if file.suffix not in (".h", ".cpp") or allowed is None:
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s*"((\w+)/[^"]*)"', line)
            if include and include[2] not in allowed:
                room = file.relative_to(source).parts[0]
                yield f"{file.relative_to(source)}:{number}: {room} may not include {include[1]}"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: check_rooms.py CMakeLists.txt SOURCE_FOLDER")
    rooms = read_rooms(Path(sys.argv[1]))
    if not rooms:
        sys.exit(f"{sys.argv[1]}: no inkling_room() found")
    found = list(upward_includes(Path(sys.argv[2]), rooms))
    print("\n".join(found) if found else f"{len(rooms)} rooms in order")
    sys.exit(1 if found else 0)


main()
