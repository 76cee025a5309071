"""Starts a program one of whose writes is cut short: the kernel is given half of the bytes, and says so. strace can only pretend.

    short.py LOG CALL N PROGRAM ARGUMENTS...

The N-th CALL of the program or of a process it forks, counted as strace counts. The tracer is no child of the program, as with
strace -DD; it writes a line into LOG and leaves. x86-64 only."""
import ctypes
import os
import signal
import sys

CALLS = {"write": 1, "pwrite64": 18, "sendto": 44, "writev": 20, "pwritev": 296}
VECTORS = ("writev", "pwritev")
PEEK, POKE, GETREGS, SETREGS, SYSCALL, SEIZE, INTERRUPT, SYSCALL_INFO = 2, 5, 12, 13, 24, 0x4206, 0x4207, 0x420e
FOLLOW = 1 | 2 | 4 | 8  # a syscall's stops are told from signals; fork, vfork, clone
ENTRY, EXIT = 1, 2
LEAST = 64  # bytes of a sendto: our own processes' packets have fewer, and go whole or not at all
PR_SET_PTRACER = 0x59616d61
ALL = 0x40000000  # __WALL
REGISTERS = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs".split()

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes, libc.ptrace.restype = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p], ctypes.c_long


class Registers(ctypes.Structure):
    _fields_ = [(r, ctypes.c_ulonglong) for r in REGISTERS]


def stopped_at(pid):
    """ENTRY or EXIT of a call."""
    info = ctypes.create_string_buffer(128)
    libc.ptrace(SYSCALL_INFO, pid, len(info), ctypes.addressof(info))
    return info.raw[0]


def registers(pid, change=None):
    r = change or Registers()
    libc.ptrace(SETREGS if change else GETREGS, pid, None, ctypes.addressof(r))
    return r


def length_at(pid, vector, i, change=None):
    """The length of a vector's i-th piece. The program may have closed its /proc to everybody; its tracer still gets at its memory."""
    at = vector + 16 * i + 8
    if change is not None:
        libc.ptrace(POKE, pid, at, change)
    return libc.ptrace(PEEK, pid, at, None)


class Short:
    def __init__(self, log, call, n):
        self.log, self.call, self.n, self.seen, self.cut = log, call, int(n), {}, None

    def entry(self, pid):
        r = registers(pid)
        if r.orig_rax != CALLS[self.call]:
            return
        self.seen[pid] = self.seen.get(pid, 0) + 1
        if self.seen[pid] == self.n and (self.call != "sendto" or r.rdx >= LEAST):
            self._cut(pid, r)

    def _cut(self, pid, r):
        whole, last, length = r.rdx, None, None
        if self.call in VECTORS:
            last = (r.rdx - 1) // 2
            length = length_at(pid, r.rsi, last)
            length_at(pid, r.rsi, last, (length + 1) // 2)
            r.rdx = last + 1
        else:
            r.rdx = (r.rdx + 1) // 2
        registers(pid, r)
        self.cut = pid, whole, last, length

    def exit(self, pid):
        """True once it is done: what was changed is as it was, but the call has written less."""
        if not self.cut or self.cut[0] != pid:
            return False
        _, whole, last, length = self.cut
        r = registers(pid)
        if last is not None:
            length_at(pid, r.rsi, last, length)
        r.rdx = whole
        registers(pid, r)
        with open(self.log, "a") as log:
            log.write(f"{pid} {self.call}() = {ctypes.c_longlong(r.rax).value} (INJECTED)\n")
        return True

    def run(self, pid, attached):
        if libc.ptrace(SEIZE, pid, None, FOLLOW) != 0:
            raise OSError(ctypes.get_errno(), "PTRACE_SEIZE")
        libc.ptrace(INTERRUPT, pid, None, None)
        os.write(attached, b"x")
        while True:
            try:
                pid, status = os.waitpid(-1, ALL)
            except ChildProcessError:
                return
            if not os.WIFSTOPPED(status):
                continue
            pending = 0
            if os.WSTOPSIG(status) == signal.SIGTRAP | 0x80:
                at = stopped_at(pid)
                if at == ENTRY:
                    self.entry(pid)
                elif at == EXIT and self.exit(pid):
                    return  # whose tracer is gone goes on
            elif status >> 16 == 0:
                pending = os.WSTOPSIG(status)
            libc.ptrace(SYSCALL, pid, None, pending)


def main(log, call, n, *program):
    ready, attached = os.pipe()
    me = os.getpid()
    libc.prctl(PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.setsid()
            Short(log, call, n).run(me, attached)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(attached)
    os.read(ready, 1)
    for s in (signal.SIGPIPE, signal.SIGXFSZ):  # that this interpreter ignores
        signal.signal(s, signal.SIG_DFL)
    os.execv(program[0], program)


if __name__ == "__main__":
    main(*sys.argv[1:])
