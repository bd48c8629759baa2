# Runs a command and prints as JSON what it took: wall time and CPU time in milliseconds, and peak memory in MB. CPU time is that of all its
# processes, memory that of the largest one, as the kernel counts them. Node.js cannot ask for it.
# Usage: launch.py SECONDS OUTPUT COMMAND [ARGUMENT…]. After so many seconds it kills the command and all that it started.
import json
import os
import signal
import subprocess
import sys
import threading
import time

limit, output, command = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
with open(output, 'wb') as out, open(output + '.errors', 'wb') as errors:
    started = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, start_new_session=True)
    late = threading.Event()

    def end():
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    # The command is in a session of its own, which a Ctrl-C does not reach.
    for one in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(one, lambda *_: end())
    timer = threading.Timer(limit, end)
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    timer.cancel()
print(json.dumps({
    'code': None if late.is_set() else os.waitstatus_to_exitcode(status),
    'wall': wall * 1000,
    'cpu': (used.ru_utime + used.ru_stime) * 1000,
    'memory': used.ru_maxrss / (1024 * 1024 if sys.platform == 'darwin' else 1024),
}))
