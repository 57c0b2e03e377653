"""The AWS CLI, loaded once: each command is a fork of this process.

    stdin    {"id", "args", "env", "out"}    a command: what follows `aws`, what its environment has besides, where it writes
    stdout   the version as `aws --version` says it; then {"id", "code"} as commands end, in any order

Most of what a command costs is to load the modules of the CLI. What is run is the `main` that `aws` runs, in a process of
its own, with stdout and stderr in the files `<out>.1` and `<out>.2`. Ends with its stdin.
"""

import json
import os
import select
import signal
import sys

import awscli
from awscli.clidriver import create_clidriver, main

COMMAND_SECONDS = 240

running = {}


def become(args, env, out):
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.alarm(COMMAND_SECONDS)
    os.environ.update(env)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(os.open(f"{out}.{stream}", os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = ["aws", *args]
    sys.exit(main())


def start(command):
    pid = os.fork()
    if pid == 0:
        become(command["args"], command["env"], command["out"])
    running[pid] = command["id"]


def tell_ended():
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        ended = {"id": running.pop(pid), "code": os.waitstatus_to_exitcode(status)}
        print(json.dumps(ended), flush=True)


# What it finds and imports when it is started is there then.
create_clidriver().create_help_command()
woken, wake = os.pipe()
for end in (woken, wake):
    os.set_blocking(end, False)
signal.set_wakeup_fd(wake)
signal.signal(signal.SIGCHLD, lambda *_: None)
print(f"aws-cli/{awscli.__version__}", flush=True)
given = b""
while True:
    readable, _, _ = select.select([0, woken], [], [])
    if woken in readable:
        os.read(woken, 4096)
        tell_ended()
    if 0 in readable:
        more = os.read(0, 1 << 16)
        if not more:
            break
        *lines, given = (given + more).split(b"\n")
        for line in lines:
            start(json.loads(line))
