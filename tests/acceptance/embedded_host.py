"""Runs one embedded Postgres, to be killed. Prints one JSON line when up or refused; ends on SIGTERM."""

import argparse
import json
import logging
import os
import signal
import sys
from pathlib import Path

import structlog

from regulars.core.errors import MisconfiguredError
from regulars.storage.embedded import EmbeddedPostgres

parser = argparse.ArgumentParser()
parser.add_argument("data_dir", type=Path)
parser.add_argument("--uid", type=int)
arguments = parser.parse_args()
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
signal.signal(signal.SIGINT, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # now, so that every thread leaves it to sigwait
if arguments.uid is not None:
    os.setgroups([])
    os.setgid(arguments.uid)
    os.setuid(arguments.uid)
postgres = EmbeddedPostgres(arguments.data_dir)
try:
    answer = {"conninfo": postgres.start()}
except MisconfiguredError as error:
    answer = {"error": type(error).__name__, "message": error.message}
sys.stdout.write(json.dumps(answer) + "\n")
sys.stdout.flush()
if "conninfo" in answer:
    signal.sigwait({signal.SIGTERM})
    postgres.stop()
