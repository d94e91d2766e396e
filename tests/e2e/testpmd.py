# SPDX-License-Identifier: BSD-3-Clause
"""A program on a terminal of its own, and the distribution's dpdk-testpmd at its prompt; every wait with a deadline."""
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

PROMPT = "testpmd> "


class Terminal:
    prompt = None  # the pattern of the program's prompt, if it has one

    def __init__(self, argv, env=None, timeout=30):
        self.timeout = timeout
        self.text = ""  # all that was printed
        self._seen = 0  # up to here it was looked at
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, 500))  # a shell on a dumb terminal shows a longer line not as it was typed
        self._fd = ours
        self.process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env, close_fds=True)
        os.close(theirs)

    def _read(self, deadline):
        """Reads something; False at the end of the output."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self._fd], [], [], left)[0]:
            raise TimeoutError(f"{self.process.args[0]} is silent; so far:\n{self.text}")
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # EIO: the other end is closed
            return False
        self.text += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    def wait_for(self, pattern, timeout=None):
        """What was printed since the last wait, up to and with the first match of the pattern."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            found = re.compile(pattern).search(self.text, self._seen)
            if found:
                start, self._seen = self._seen, found.end()
                return self.text[start:self._seen]
            if not self._read(deadline):
                raise EOFError(f"{self.process.args[0]} ended before {pattern!r}:\n{self.text}")

    def type(self, line, timeout=None):
        """Until it is echoed."""
        os.write(self._fd, line.encode() + b"\n")
        self.wait_for(re.escape(line), timeout)

    def command(self, line, timeout=None):
        """Types a line at the prompt; answers what it printed, up to the next prompt.

        Never while another command prints: the terminal echoes it into that text, and readline draws it again.
        """
        self.type(line, timeout)
        return self.wait_for(self.prompt, timeout)

    def end(self):
        """Reads on until it ends by itself; answers the exit status."""
        deadline = time.monotonic() + self.timeout
        while self._read(deadline):
            pass
        return self.process.wait(self.timeout)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._fd)


class Testpmd(Terminal):
    __test__ = False
    prompt = re.escape(PROMPT)

    def wait_until(self, line, pattern):
        """Types the line again and again, until it prints this."""
        deadline = time.monotonic() + self.timeout
        while not re.search(pattern, said := self.command(line), re.M):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {pattern} in {said}")
            time.sleep(0.05)

    def xstats(self, port=0):
        text = self.command(f"show port xstats {port}")
        return {name: int(value) for name, value in re.findall(r"^(\w+): (\d+)$", text, re.M)}

    def wait_for_xstat(self, name, value, port=0):
        """Until the counter is at least this much; answers all of them."""
        deadline = time.monotonic() + self.timeout
        while (stats := self.xstats(port)).get(name, 0) < value:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} is {stats.get(name)}, not {value}")
            time.sleep(0.05)
        return stats

    def send_segments(self, peer, count):
        """At least so many frames of 500 bytes in three segments; the peer got each whole, and the counters say so."""
        self.command("set fwd txonly")
        self.command("set txpkts 64,36,400")
        with peer.collecting() as frames:
            self.command("start")
            frames.wait_for(count)
            self.command("stop")
        assert {len(frame) for frame in frames.all} == {500}
        stats = self.xstats()
        assert stats["tx_errors"] == 0
        assert stats["tx_q0_bytes"] == 500 * stats["tx_q0_packets"]

    def quit(self):
        """Leaves by the front door; answers the exit status."""
        os.write(self._fd, b"quit\n")
        return self.end()
