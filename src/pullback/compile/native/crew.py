"""The native side of a team, as LLVM's text: how a crew is called, what its workers do, how anybody waits."""

from __future__ import annotations

from string import Template

from pullback.compile.native import barrier
from pullback.compile.native.system import Calls
from pullback.compile.native.target import Target

AVAILABLE, ACTIVE, LONG_SPIN, SHORT_SPIN = 0, 4, 8, 12
"""In the memory that all crews of a process share: processors, threads at work, and how often to look at a word."""
SHARED_BYTES = 64
ROUNDS = 4
"""How often a waiting thread offers its processor to others before it sleeps."""

_X86 = """
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
declare void @llvm.x86.sse2.pause()
define internal void @pause() {
  call void @llvm.x86.sse2.pause()
  ret void
}
define internal i64 @read_mode() {
  %memory = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %memory)
  %word = load i32, ptr %memory
  %mode = zext i32 %word to i64
  ret i64 %mode
}
define internal void @write_mode(i64 %mode) {
  %memory = alloca i32
  %word = trunc i64 %mode to i32
  store i32 %word, ptr %memory
  call void @llvm.x86.sse.ldmxcsr(ptr %memory)
  ret void
}
"""
_ARM = """
declare void @llvm.aarch64.isb(i32)
declare i64 @llvm.aarch64.get.fpcr()
declare void @llvm.aarch64.set.fpcr(i64)
define internal void @pause() {
  call void @llvm.aarch64.isb(i32 15)
  ret void
}
define internal i64 @read_mode() {
  %mode = call i64 @llvm.aarch64.get.fpcr()
  ret i64 %mode
}
define internal void @write_mode(i64 %mode) {
  call void @llvm.aarch64.set.fpcr(i64 %mode)
  ret void
}
"""
_OTHER = """
define internal void @pause() {
  ret void
}
define internal i64 @read_mode() {
  ret i64 0
}
define internal void @write_mode(i64 %mode) {
  ret void
}
"""
_X86_MODE = 0x9FC0
"""MXCSR: exceptions masked, round to nearest, denormal results and operands are zero (bits 15 and 6)."""
_ARM_MODE = 1 << 24
"""FPCR: round to nearest, denormal results and operands are zero (bit 24)."""

_TEXT = Template("""
define internal i32 @read(ptr %base, i64 %offset) {
  %at = getelementptr inbounds i8, ptr %base, i64 %offset
  %value = load atomic i32, ptr %at seq_cst, align 4
  ret i32 %value
}

; Return once the word is no longer the old value: look at it for a while, let others run, look again; then sleep.
define void @pullback_wait(ptr %word, i32 %old, ptr %sleepers, i32 %spin) nounwind {
enter:
  br label %round
round:
  %rounds = phi i32 [0, %enter], [%rounded, %offer]
  br label %look
look:
  %looks = phi i32 [0, %round], [%looked, %pause]
  %seen = load atomic i32, ptr %word acquire, align 4
  %changed = icmp ne i32 %seen, %old
  br i1 %changed, label %done, label %patience
patience:
  %patient = icmp ult i32 %looks, %spin
  br i1 %patient, label %pause, label %impatience
pause:
  call void @pause()
  %looked = add i32 %looks, 1
  br label %look
impatience:
  %more = icmp ult i32 %rounds, $rounds
  br i1 %more, label %offer, label %lie_down
offer:
  call void @offer()
  %rounded = add i32 %rounds, 1
  br label %round
lie_down:
  %others = atomicrmw add ptr %sleepers, i32 1 seq_cst
  br label %sleeping
sleeping:
  %sleep_seen = load atomic i32, ptr %word seq_cst, align 4
  %sleep_changed = icmp ne i32 %sleep_seen, %old
  br i1 %sleep_changed, label %rise, label %sleep
sleep:
  call void @sleep_while(ptr %word, i32 %old)
  br label %sleeping
rise:
  %left = atomicrmw sub ptr %sleepers, i32 1 seq_cst
  br label %done
done:
  ret void
}

define void @pullback_wake(ptr %word) nounwind {
  call void @wake(ptr %word)
  ret void
}

; One thread's part of the step, its floating-point mode set and restored.
define internal void @work(ptr %crew, i64 %thread) noinline {
  %step_at = getelementptr inbounds i8, ptr %crew, i64 $step
  %arena_at = getelementptr inbounds i8, ptr %crew, i64 $arena
  %table_at = getelementptr inbounds i8, ptr %crew, i64 $table
  %threads_at = getelementptr inbounds i8, ptr %crew, i64 $threads
  %step = load ptr, ptr %step_at
  %arena = load ptr, ptr %arena_at
  %table = load ptr, ptr %table_at
  %threads = load i64, ptr %threads_at
  %mode = call i64 @read_mode()
  call void @write_mode(i64 $mode)
  call void %step(ptr %arena, ptr %table, ptr %crew, i64 %thread, i64 %threads)
  call void @write_mode(i64 %mode)
  ret void
}

; The life of a worker: wait for its word to change, do its part, report; it never returns.
define void @pullback_worker(ptr %crew, i64 %thread) nounwind {
enter:
  %index = sub i64 %thread, 1
  %line = mul i64 %index, $line
  %go_offset = add i64 %line, $go
  %go_at = getelementptr inbounds i8, ptr %crew, i64 %go_offset
  %sleepers_offset = add i64 %line, $go_sleepers
  %sleepers_at = getelementptr inbounds i8, ptr %crew, i64 %sleepers_offset
  %pending_at = getelementptr inbounds i8, ptr %crew, i64 $pending
  %spin_at = getelementptr inbounds i8, ptr %crew, i64 $spin
  br label %rest
rest:
  %seen = phi i32 [0, %enter], [%called, %next]
  %spin = load atomic i32, ptr %spin_at monotonic, align 4
  call void @pullback_wait(ptr %go_at, i32 %seen, ptr %sleepers_at, i32 %spin)
  %called = load atomic i32, ptr %go_at acquire, align 4
  call void @work(ptr %crew, i64 %thread)
  %before = atomicrmw sub ptr %pending_at, i32 1 seq_cst
  %is_last = icmp eq i32 %before, 1
  br i1 %is_last, label %report, label %next
report:
  %waiting = call i32 @read(ptr %crew, i64 $pending_sleepers)
  %asleep = icmp ne i32 %waiting, 0
  br i1 %asleep, label %wake, label %next
wake:
  call void @wake(ptr %pending_at)
  br label %next
next:
  br label %rest
}

; Run a step on up to `wanted` threads, this one among them. The result: the number of threads that ran it;
; 0, when the crew is at work; -n, when n threads might have run it and there are fewer workers than that takes.
define i64 @pullback_call(ptr %shared, ptr %crew, ptr %step, ptr %arena, ptr %table, i64 %wanted) nounwind {
enter:
  %claimed_at = getelementptr inbounds i8, ptr %crew, i64 $claimed
  %claim = cmpxchg ptr %claimed_at, i32 0, i32 1 acquire monotonic
  %free = extractvalue {i32, i1} %claim, 1
  br i1 %free, label %decide, label %busy
busy:
  ret i64 0
decide:
  %available = call i32 @read(ptr %shared, i64 $available)
  %active_at = getelementptr inbounds i8, ptr %shared, i64 $active
  %active = call i32 @read(ptr %shared, i64 $active)
  %idle = sub i32 %available, %active
  %some_idle = icmp sgt i32 %idle, 1
  %granted = select i1 %some_idle, i32 %idle, i32 1
  %all = trunc i64 %wanted to i32
  %fits = icmp ult i32 %all, %granted
  %alone = icmp eq i32 %active, 0
  %whole = or i1 %fits, %alone
  %threads = select i1 %whole, i32 %all, i32 %granted
  %threads_wide = zext i32 %threads to i64
  %workers = call i32 @read(ptr %crew, i64 $workers)
  %others = sub i32 %threads, 1
  %enough = icmp ule i32 %others, %workers
  br i1 %enough, label %prepare, label %lacking
lacking:
  store atomic i32 0, ptr %claimed_at release, align 4
  %lack = sub i64 0, %threads_wide
  ret i64 %lack
prepare:
  %active_before = atomicrmw add ptr %active_at, i32 %threads seq_cst
  %active_now = add i32 %active_before, %threads
  %room = icmp ule i32 %active_now, %available
  %long_spin = call i32 @read(ptr %shared, i64 $long_spin)
  %short_spin = call i32 @read(ptr %shared, i64 $short_spin)
  %spin = select i1 %room, i32 %long_spin, i32 %short_spin
  %spin_at = getelementptr inbounds i8, ptr %crew, i64 $spin
  store atomic i32 %spin, ptr %spin_at monotonic, align 4
  %step_at = getelementptr inbounds i8, ptr %crew, i64 $step
  %arena_at = getelementptr inbounds i8, ptr %crew, i64 $arena
  %table_at = getelementptr inbounds i8, ptr %crew, i64 $table
  %threads_at = getelementptr inbounds i8, ptr %crew, i64 $threads
  store ptr %step, ptr %step_at
  store ptr %arena, ptr %arena_at
  store ptr %table, ptr %table_at
  store i64 %threads_wide, ptr %threads_at
  %pending_at = getelementptr inbounds i8, ptr %crew, i64 $pending
  %pending_sleepers_at = getelementptr inbounds i8, ptr %crew, i64 $pending_sleepers
  store atomic i32 %others, ptr %pending_at monotonic, align 4
  br label %calling
calling:
  %worker = phi i32 [0, %prepare], [%worker_next, %called]
  %is_called = icmp eq i32 %worker, %others
  br i1 %is_called, label %own_part, label %call
call:
  %worker_wide = zext i32 %worker to i64
  %line = mul i64 %worker_wide, $line
  %go_offset = add i64 %line, $go
  %go_at = getelementptr inbounds i8, ptr %crew, i64 %go_offset
  %go_before = atomicrmw add ptr %go_at, i32 1 seq_cst
  %sleepers_offset = add i64 %line, $go_sleepers
  %sleeping = call i32 @read(ptr %crew, i64 %sleepers_offset)
  %asleep = icmp ne i32 %sleeping, 0
  br i1 %asleep, label %wake, label %called
wake:
  call void @wake(ptr %go_at)
  br label %called
called:
  %worker_next = add i32 %worker, 1
  br label %calling
own_part:
  call void @work(ptr %crew, i64 0)
  br label %joining
joining:
  %pending = load atomic i32, ptr %pending_at acquire, align 4
  %joined = icmp eq i32 %pending, 0
  br i1 %joined, label %finish, label %join
join:
  call void @pullback_wait(ptr %pending_at, i32 %pending, ptr %pending_sleepers_at, i32 %spin)
  br label %joining
finish:
  %active_left = atomicrmw sub ptr %active_at, i32 %threads seq_cst
  store atomic i32 0, ptr %claimed_at release, align 4
  ret i64 %threads_wide
}

; Look at nothing, so many times: how long a look takes is measured with it.
define void @pullback_spin(i32 %times, ptr %word) nounwind {
enter:
  br label %look
look:
  %looks = phi i32 [0, %enter], [%looked, %look]
  %seen = load atomic i32, ptr %word acquire, align 4
  call void @pause()
  %looked = add i32 %looks, 1
  %more = icmp ult i32 %looked, %times
  br i1 %more, label %look, label %done
done:
  ret void
}
""")


def crew_text(target: Target, system: Calls) -> str:
    """Give the module that every crew of a process runs on."""
    machine, mode = (_X86, _X86_MODE) if target.is_x86 else (_ARM, _ARM_MODE) if target.is_arm else (_OTHER, 0)
    body = _TEXT.substitute(
        rounds=ROUNDS,
        mode=mode,
        line=barrier.LINE,
        claimed=barrier.CLAIMED,
        workers=barrier.WORKERS,
        spin=barrier.SPIN,
        step=barrier.STEP,
        arena=barrier.ARENA,
        table=barrier.TABLE,
        threads=barrier.THREADS,
        pending=barrier.PENDING,
        pending_sleepers=barrier.PENDING_SLEEPERS,
        go=barrier.GO,
        go_sleepers=barrier.GO_SLEEPERS,
        available=AVAILABLE,
        active=ACTIVE,
        long_spin=LONG_SPIN,
        short_spin=SHORT_SPIN,
    )
    return machine + system.text + body
