"""A second Debian on this one, for a test that installs packages and starts services: a root folder whose programs are hard
links to this machine's, with a copy of /etc and of dpkg's records, and systemd as the first process of namespaces of its own.
dpkg never writes into a file that exists, and systemd can change neither the kernel's settings nor the clock, so nothing
outside the folder changes. It takes root."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from relays import WAIT_SECONDS_MAX, run, wait_for

# What maintainer scripts, systemd and the relay need of /usr.
PARTS = ("bin", "sbin", "lib64", "lib/*-linux-gnu", "lib/systemd", "share/perl*", "share/debconf", "share/adduser",
         "share/dpkg", "share/dbus-1", "share/iso-codes", "share/xml/iso-codes", "share/locale/ru")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

# Runs in a mount namespace. 77: this machine does not let us.
BOOT = r"""
root=$1
group=$root/group/tamizdat-test-$$
mkdir -p "$root/group"
mount -t cgroup2 cgroup2 "$root/group" && mkdir "$group" && echo $$ >"$group/cgroup.procs" || exit 77
unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child bash -ec '
  cd "$1"
  mount --bind . .
  cd "$1"
  mount -t proc proc proc
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  for folder in run tmp dev; do mount -t tmpfs tmpfs $folder; done
  for device in %s; do touch dev/$device; mount --bind /dev/$device dev/$device; done
  ln -s /proc/self/fd dev/fd
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  pivot_root . before
  umount --lazy /before
  mount --make-rshared /  # as at any start of a system: else no credential gets into a service
  exec env -i container=tamizdat-test PATH=/usr/bin:/usr/sbin \
    setpriv --bounding-set=-sys_module,-sys_time,-sys_rawio,-sys_boot /lib/systemd/systemd --unit=multi-user.target
' boot "$root" &
inner=$!
trap 'kill $inner' TERM
wait $inner
wait $inner
echo $$ >"$root/group/cgroup.procs"
find "$group" -depth -type d -exec rmdir {} +
""" % " ".join(DEVICES)


class DebianRoot:
    def __init__(self, folder):
        self.folder = folder
        self.booted = None
        self.init = None  # the process id of its systemd
        for part in PARTS:
            for source in pathlib.Path("/usr").glob(part):
                target = folder / source.relative_to("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                run("cp", "-al", source, target)
        for name in ("bin", "sbin", "lib", "lib64"):
            (folder / name).symlink_to(f"usr/{name}")
        for name in ("etc", "var/lib/dpkg"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            run("cp", "-a", f"/{name}", folder / name)
        for name in ("dev", "proc", "sys", "run", "tmp", "root", "before", "var/log", "var/cache", "var/tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        # Images for containers forbid all starts of services with it; and this machine's services are not wanted.
        (folder / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        shutil.rmtree(folder / "etc/systemd/system", ignore_errors=True)
        (folder / "etc/systemd/system").mkdir()

    @staticmethod
    def why_not():
        """Why this machine has no room for one; empty if it has."""
        if os.geteuid() != 0:
            return "it takes root to install packages"
        missing = [name for name in ("dpkg", "systemctl", "unshare", "nsenter", "pivot_root") if shutil.which(name) is None]
        if missing:
            return f"{', '.join(missing)} is missing"
        if os.stat("/usr").st_dev != os.stat(tempfile.gettempdir()).st_dev:
            return "the folder for temporary files lies on another disk than /usr, so nothing can be linked: set TMPDIR"
        return ""

    def boot(self):
        """Starts its systemd. False if this machine does not allow the namespaces or the cgroup."""
        if run("unshare", "--mount", "true", expect=None).returncode != 0:
            return False
        with open(self.folder.with_suffix(".log"), "wb") as log:
            self.booted = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "bash", "-c", BOOT, "boot",
                                            str(self.folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.init = wait_for(self.find_init, f"systemd to start; see {self.folder.with_suffix('.log')}")
        if self.init == "none":
            return False
        wait_for(lambda: self.call("systemctl", "is-system-running", expect=None).stdout.strip() in ("running", "degraded"),
                 "systemd to be up")
        return True

    def find_init(self):
        """The process that says it is number 1 below `booted`."""
        if self.booted.poll() is not None:
            if self.booted.returncode == 77:
                return "none"
            raise AssertionError(f"systemd did not start: {self.folder.with_suffix('.log').read_text(errors='replace')}")
        parents = [self.booted.pid]
        while parents:
            process = parents.pop()
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{process}/comm").read_text().strip() == "systemd":
                    return process
                parents += map(int, pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split())
        return None

    def call(self, *words, expect=0):
        """Runs a program inside: beside its systemd, or in the bare root."""
        if self.init:
            return run("nsenter", "--target", self.init, "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", *words,
                       expect=expect)
        return run("chroot", self.folder, *words, expect=expect)

    def install(self, *packages):
        for package in packages:
            shutil.copy(package, self.folder / "root" / package.name)
        return self.call("dpkg", "--force-unsafe-io", "--install", *[f"/root/{package.name}" for package in packages])

    def shut_down(self):
        if self.booted and self.booted.poll() is None:
            self.booted.send_signal(signal.SIGTERM)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.init, signal.SIGKILL)
            self.booted.wait(WAIT_SECONDS_MAX)
        self.booted = self.init = None
