#!/usr/bin/env python3
"""Checks that a processor without AVX2 is told so before it meets an instruction that it lacks.

    python3 processor_check_test.py PROGRAM OBJECT OBJDUMP PRELOADED

OBJECT is what processor_check.cpp was compiled to. The code in it must be for any x86-64, and the program must run it
first. PRELOADED is without_avx2.cpp, which hides AVX2 from the program.
"""
import os
import re
import shutil
import subprocess
import sys

PROGRAM, OBJECT, OBJDUMP, PRELOADED = sys.argv[1:]
MESSAGE = "inkling: this processor has no AVX2, which Inkling needs: x86-64-v3, any of the last ten years\n"
CANNOT_DENY = 77


def dump(*arguments):
    return subprocess.run([OBJDUMP, *arguments], check=True, capture_output=True, text=True).stdout


def check(holds, what):
    if not holds:
        sys.exit(f"{OBJECT}: {what}")


def check_code():
    instructions = re.findall(r"^\s*[0-9a-f]+:\t(\w+)(.*)$", dump("-d", "--no-show-raw-insn", OBJECT), re.MULTILINE)
    check(len(instructions) > 5, "no code found")
    newer = [name + rest for name, rest in instructions
             if name.startswith("v") or name in ("andn", "bextr", "bzhi", "mulx", "rorx", "sarx", "shlx", "shrx", "movbe")
             or re.search(r"%[yz]mm", rest)]
    check(not newer, f"has instructions that not every x86-64 has: {newer}")


def check_order():
    """The first entry of the program's table of constructors is the check."""
    table = re.search(r"\.init_array\s+\w+\s+(\w+)", dump("-h", PROGRAM))[1]
    entries = dict(re.findall(r"^(\w+) R_X86_64_RELATIVE\s+\*ABS\*\+0x(\w+)", dump("-R", PROGRAM), re.MULTILINE))
    function = re.search(r"^(\w+) .*check_processor", dump("-t", PROGRAM), re.MULTILINE)[1]
    check(table in entries, f"no constructor is found at {table}")
    check(int(entries[table], 16) == int(function, 16), "another constructor of the program runs before it")


def check_run():
    """On a processor that denies AVX2 to the program, which not every one can do, or on an emulated one."""
    end = run([PROGRAM, "--help"], LD_PRELOAD=PRELOADED)
    emulator = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
    if end.returncode == CANNOT_DENY and emulator:
        end = run([emulator, "-cpu", "Nehalem", PROGRAM, "--help"])
    if end.returncode == CANNOT_DENY:
        print("NOT TESTED: the program without AVX2; this processor cannot deny it, and there is no qemu-user here")
        return
    check(end.returncode == 1 and end.stderr == MESSAGE, f"ended with {end.returncode}: {end.stderr}")


def run(command, **variables):
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})


check_code()
check_order()
check_run()
