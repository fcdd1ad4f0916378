"""A worker that forks: the parent hands out nothing but waits, each fork does the work."""

import os
import signal
import sys
import time


def work(number):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    count = 0
    while True:
        count += 1
        print("fork %d (pid %d) has done %d jobs" % (number, os.getpid(), count))
        time.sleep(1)


def main():
    forks = []
    for number in range(int(os.environ.get("FORKS", "2"))):
        pid = os.fork()
        if pid == 0:
            work(number)
        forks.append(pid)

    def leave(_signal, _frame):
        print("worker: leaving")
        for pid in forks:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass  # It got the signal itself: the whole group does.
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    print("worker: %d forks" % len(forks))
    while True:
        os.wait()


main()
