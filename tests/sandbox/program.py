"""How vouch is started in the sandbox: as a program of this machine, or as the container image, locked down.

Never here: what vouch is asked, or what it should answer.
"""
import datetime
import json
import os
import re
import subprocess
import tarfile

# What the image holds; anything else in it is a mistake. Empty mount points come from the engine.
HOLDS = {
    "etc/group", "etc/nsswitch.conf", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "usr/local/bin/vouch",
    "usr/share/doc/vouch/LICENSE", "usr/share/doc/vouch/sbom.cdx.json",
}
MAY_HOLD = {"etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab", "run/.containerenv", ".dockerenv", "dev/console"}
MEGABYTES = 60


class Binary:
    """A program of this machine."""

    def __init__(self, path, folder):
        self.path = path
        self.store = os.path.join(folder, "store")

    def command(self, config, *words):
        return [self.path, "--config", config, *words]

    def remove(self):
        pass


class Image:
    """The image, with nothing that it does not need: no root, no capability, nothing to write but its store."""

    def __init__(self, engine, image, folder, variables):
        self.engine, self.image, self.folder, self.variables = engine, image, folder, variables
        self.name = f"vouch-sandbox-{os.getpid()}"
        self.store = "/var/lib/vouch"
        # The one user of the image is nobody here, and has to read its configuration.
        os.chmod(folder, 0o755)

    def command(self, config, *words):
        # What asks the daemon runs beside it, as a health check does.
        if words[0] in ("health", "cases") or words[:2] == ("audit", "export"):
            return [self.engine, "exec", self.name, "/usr/local/bin/vouch", *words]
        return self.start(config, *words)

    def start(self, config, *words, name=None):
        name = name or (self.name if words == ("run",) else f"{self.name}-{words[0]}")
        command = [self.engine, "run", "--rm", "--name", name, "--read-only", "--cap-drop=all",
                   "--security-opt=no-new-privileges", "--network=host",
                   f"--volume={self.folder}:{self.folder}:ro", f"--volume={name}:{self.store}",
                   f"--env=VOUCH_CONFIG={config}", *(f"--env={variable}" for variable in self.variables)]
        if self.engine == "podman":
            # No health timer: there may be no systemd to run it. Limits of our own: raising them may be forbidden.
            command += ["--read-only-tmpfs=false", "--no-healthcheck", "--ulimit=nofile=1024:1024",
                        "--ulimit=nproc=1024:1024"]
        return [*command, self.image, *words]

    def ask(self, *words):
        run = subprocess.run([self.engine, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return run.stdout.strip() if run.returncode == 0 else None

    def began(self, name=None):
        """When the container's process was started, or None: seconds since 1970."""
        told = self.ask("inspect", "--format", "{{json .State.StartedAt}}", name or self.name)
        return _seconds(json.loads(told)) if told else None

    def faults(self):
        """What is wrong with the image itself, before it runs; and its size in megabytes."""
        found = []
        told = json.loads(self.ask("image", "inspect", self.image))[0]
        size = told["Size"] / 1e6
        if size >= MEGABYTES:
            found.append(f"it has {size:.1f} MB, {MEGABYTES} are allowed")
        config = told["Config"]
        for key, wanted in (("User", "65532:65532"), ("Entrypoint", ["/usr/local/bin/vouch"]), ("Cmd", ["run"]),
                            ("StopSignal", "SIGTERM")):
            if config.get(key) != wanted:
                found.append(f"its {key} is {config.get(key)}, not {wanted}")
        health = (told.get("HealthCheck") or told.get("Healthcheck") or config.get("Healthcheck") or {}).get("Test")
        if health != ["CMD", "/usr/local/bin/vouch", "health"]:
            found.append(f"its health check is {health}")
        for label in ("title", "description", "licenses", "version", "revision"):
            if not (config.get("Labels") or {}).get(f"org.opencontainers.image.{label}"):
                found.append(f"the label {label} is missing")
        found += self._contents()
        return found, size

    def _contents(self):
        name = f"{self.name}-look"
        if self.ask("create", "--name", name, self.image) is None:
            return ["no container can be made of it"]
        try:
            archive = os.path.join(self.folder, "image.tar")
            if self.ask("export", "--output", archive, name) is None:
                return ["its files cannot be read"]
            with tarfile.open(archive) as tar:
                files = {one.name.lstrip("./"): one for one in tar if not one.isdir()}
                found = [f"it holds {path}, which nothing needs" for path in sorted(files.keys() - HOLDS - MAY_HOLD)]
                found += [f"it lacks {path}" for path in sorted(HOLDS - files.keys())]
                found += [f"{path} may be changed by its user" for path, one in files.items() if one.uid != 0]
                bill = json.load(tar.extractfile(files["usr/share/doc/vouch/sbom.cdx.json"]))
                if bill["metadata"]["component"]["name"] != "vouch" or len(bill["components"]) < 50:
                    found.append("its bill of materials does not tell what vouch is made of")
            os.remove(archive)
            return found
        finally:
            self.ask("rm", "--force", name)

    def loose(self):
        """What the running daemon could do and should not; None where this machine does not tell."""
        pid = self.ask("inspect", "--format", "{{.State.Pid}}", self.name)
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                told = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
                mounts = [line.split() for line in file]
        except OSError:
            return None
        found = []
        if set(told["Uid"].split() + told["Gid"].split()) != {"65532"}:
            found.append(f"it runs as {told['Uid'].split()[0]}:{told['Gid'].split()[0]}")
        if int(told["CapEff"], 16) or int(told["CapBnd"], 16):
            found.append(f"it has capabilities: {told['CapEff']}")
        if told["NoNewPrivs"] != "1":
            found.append("it may gain privileges")
        found += [f"{mount[4]} can be written" for mount in mounts
                  if mount[4] in ("/", self.folder) and "ro" not in mount[5].split(",")]
        return found

    def remove(self):
        for name in (self.name, f"{self.name}-start"):
            self.ask("rm", "--force", name)
        for name in (self.ask("volume", "ls", "--quiet") or "").splitlines():
            if name.startswith(self.name):
                self.ask("volume", "rm", "--force", name)


def _seconds(stamp):
    """Of an RFC 3339 time with any number of digits, as engines write it."""
    whole, part, zone = re.fullmatch(r"(\d+-\d+-\d+T[\d:]+)(\.\d+)?(Z|[+-]\d\d:\d\d)", stamp).groups()
    moment = datetime.datetime.fromisoformat(whole + zone.replace("Z", "+00:00"))
    return moment.timestamp() + float(part or 0)
