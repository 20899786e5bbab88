"""Runs a command under the SystemCallFilter of a unit, by the library that systemd loads it with.

under_syscall_filter.py UNIT COMMAND...
"""

import ctypes
import errno
import os
import subprocess
import sys

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM


def names(group):
    """The system calls of a group, those of groups in it too."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True).stdout
    found = set()
    for line in map(str.strip, text.splitlines()[1:]):
        if line.startswith("@"):
            found |= names(line)
        elif line and not line.startswith("#"):
            found.add(line)
    return found


def calls(words):
    return set().union(*(names(word) if word.startswith("@") else {word} for word in words))


unit, *command = sys.argv[1:]
with open(unit) as file:
    filters = [line.strip().partition("=")[2] for line in file if line.startswith("SystemCallFilter=")]
allowed = set()
for words in filters:
    if words.startswith("~"):
        allowed -= calls(words[1:].split())
    else:
        allowed |= calls(words.split())
# What every service may do, as systemd starts it.
allowed |= names("@default") | {"execve"}

library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
library.seccomp_init.restype = ctypes.c_void_p
library.seccomp_init.argtypes = [ctypes.c_uint32]
library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
library.seccomp_load.argtypes = [ctypes.c_void_p]
context = library.seccomp_init(REFUSE)
for name in allowed:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        library.seccomp_rule_add(context, ALLOW, number, 0)
if library.seccomp_load(context) != 0:
    sys.exit("the filter cannot be loaded")
os.execvp(command[0], command)
