# SPDX-License-Identifier: GPL-2.0
"""Packages of the machine's own archives, without touching its apt configuration or what is installed."""
import contextlib
import fcntl
import functools
import os
import re
import subprocess
import sys
import time
from pathlib import Path

CACHE = Path(os.environ.get('XDG_CACHE_HOME', Path.home() / '.cache')) / 'bifurc' / 'kernel'
FRESH_S = 12 * 3600
NEXT_RELEASE = 'trixie'  # of Debian: it has what this one is too old for


class Failed(Exception):
    status = 1


class Unavailable(Failed):
    """What the work needs cannot be had here; the work itself was not tried."""
    status = 77


def run(*args, **kwargs):
    """Runs a program; its output is shown only if it fails."""
    done = subprocess.run([str(a) for a in args], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    if done.returncode != 0:
        raise Failed(f'{" ".join(str(a) for a in args)} failed:\n{done.stdout}')
    return done.stdout


def fetch(*args, **kwargs):
    """Runs a program that gets something from the network."""
    try:
        return run(*args, **kwargs)
    except Failed as failed:
        reasons = [line for line in str(failed).splitlines() if line.startswith(('E:', 'W:'))]
        raise Unavailable(f'{" ".join(map(str, args[-2:]))} got nothing from the archives of /etc/apt: '
                          f'{reasons[-1] if reasons else failed}') from failed


def stop(failed):
    sys.stdout.flush()
    print(f'kernel: {failed}', file=sys.stderr)
    sys.exit(failed.status)


def say(text):
    print(f'kernel: {text}', file=sys.stderr, flush=True)  # what a command answers is on standard output


def codename():
    text = Path('/etc/os-release').read_text()
    found = re.search(r'^VERSION_CODENAME=(\w+)', text, re.M)
    if not found:
        raise Unavailable('no VERSION_CODENAME in /etc/os-release: only Debian and its like are known here')
    return found.group(1)


def stanza(suites, uri, keys):
    signed = f'Signed-By: {keys}\n' if keys else ''
    return f'Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\n{signed}'


def configured():
    """The machine's own archives, as (suites, URI, keyring)."""
    for path in sorted(Path('/etc/apt/sources.list.d').glob('*.sources')):
        for text in re.split(r'\n\s*\n', path.read_text()):
            field = {k.lower(): v for k, v in re.findall(r'^([\w-]+):[ \t]*(.*)$', text, re.M)}
            for uri in field.get('uris', '').split():
                yield field.get('suites', '').split(), uri, field.get('signed-by')
    for path in [Path('/etc/apt/sources.list'), *sorted(Path('/etc/apt/sources.list.d').glob('*.list'))]:
        text = path.read_text() if path.exists() else ''
        for options, uri, suite in re.findall(r'^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s', text, re.M):
            keys = re.search(r'signed-by=(\S+)', options)
            yield [suite], uri, keys and keys.group(1)


def archives(release):
    """A release's archive with its updates and backports, and its security archive: where this machine has its own."""
    here = codename()
    found = {}
    for suites, uri, keys in configured():
        if here in suites:
            found.setdefault('main', stanza(f'{release} {release}-updates {release}-backports', uri, keys))
        if f'{here}-security' in suites:
            found.setdefault('security', stanza(f'{release}-security', uri, keys))
    if 'main' not in found:
        raise Unavailable(f'no archive of {here} in /etc/apt')
    return '\n'.join(found.values())


class Apt:
    """apt with directories of its own: for this machine's release, or for another one of which nothing is installed."""

    def __init__(self, where, release=None):
        self.where = where
        self.release = release or codename()
        self.foreign = release is not None
        for name in ('lists/partial', 'archives/partial', 'sources'):
            (where / name).mkdir(parents=True, exist_ok=True)
        self.options = []
        for key, value in (('Dir::State::Lists', where / 'lists'), ('Dir::Cache', where),
                           ('Dir::Etc::SourceList', '/dev/null'), ('Dir::Etc::SourceParts', where / 'sources'),
                           ('APT::Sandbox::User', 'root')):
            self.options += ['-o', f'{key}={value}']
        if release:
            (where / 'status').touch()
            self.options += ['-o', f'Dir::State::status={where / "status"}']

    def update(self):
        """At most once in some hours: what is in the cache then needs no network."""
        mark = self.where / 'updated'
        sources = self.where / 'sources' / 'bifurc.sources'
        wanted = archives(self.release)
        if mark.exists() and time.time() - mark.stat().st_mtime < FRESH_S and sources.read_text() == wanted:
            return
        sources.write_text(wanted)
        fetch('apt-get', *self.options, '-o', 'APT::Update::Error-Mode=any', 'update')
        mark.touch()

    @functools.cached_property
    def all_names(self):
        return run('apt-cache', *self.options, 'pkgnames').splitlines()

    def names(self, pattern):
        return [name for name in self.all_names if re.search(pattern, name)]

    def depends(self, package):
        shown = run('apt-cache', *self.options, 'show', '--no-all-versions', package)
        return re.findall(r'[\w.+-]+', re.search(r'^Depends: (.*)$', shown, re.M).group(1))

    def download(self, package):
        """The file of the archive's present version; fetched if it is not there yet."""
        debs = self.where / 'debs'
        debs.mkdir(exist_ok=True)
        deb = debs / self.file_name(package)
        if not deb.exists():
            say(f'fetching {package}')
            fetch('apt-get', *self.options, 'download', package, cwd=debs)
        return deb

    def has(self, package):
        return package in self.all_names

    def file_name(self, package):
        """Of the archive's present version."""
        return fetch('apt-get', *self.options, '--print-uris', 'download', package).split()[1]

    def download_with_dependencies(self, package):
        """The newest of a package and of all that it wants and is not installed; backports count."""
        for old in (self.where / 'archives').glob('*.deb'):
            old.unlink()
        fetch('apt-get', *self.options, '-t', f'{self.release}-backports', '-y', '--download-only',
            '--no-install-recommends', 'install', package)
        return sorted((self.where / 'archives').glob('*.deb'))


def archives_here(cache):
    """This machine's own release and the next one, each up to date."""
    for release in (None, NEXT_RELEASE):
        if release != codename():
            apt = Apt(cache / ('apt' if release is None else f'apt-{release}'), release)
            apt.update()
            yield apt


@contextlib.contextmanager
def locked(cache):
    """One at a time in a cache: suites that run in parallel share it."""
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpack(deb, tree):
    """Once; a mark says that it was done to the end."""
    mark = tree / f'.unpacked-{deb.stem}'
    if mark.exists():
        return
    tree.mkdir(parents=True, exist_ok=True)
    run('dpkg-deb', '-x', deb, tree)
    mark.touch()


def release_of(module):
    """The kernel that a module was built for."""
    return re.search(rb'vermagic=(\S+)', module.read_bytes()).group(1).decode()


def image_packages(release, cache):
    """In which packages of which archive a kernel lies, modules and all."""
    for apt in archives_here(cache):
        for package in (f'linux-image-{release}', f'linux-image-{release}-unsigned'):
            if apt.has(package):
                # A newer one is empty and names those that are not.
                parts = [name for name in apt.depends(package) if re.match(r'linux-(base|binary|modules)-[0-9]', name)]
                return apt, parts or [package]
    raise Unavailable(f'the archives have no image of Linux {release}')


def kernel_image(release, cache):
    """The distribution's kernel, unpacked; answers its file and the folder of its modules."""
    tree = cache / 'image' / release
    apt, parts = image_packages(release, cache)
    for package in parts:
        unpack(apt.download(package), tree)
    modules = next(folder for folder in (tree / 'lib/modules' / release, tree / 'usr/lib/modules' / release) if folder.exists())
    files = (tree / 'boot' / f'vmlinuz-{release}', modules / 'vmlinuz')
    return next(file for file in files if file.exists()), modules


def newest(names):
    return max(names, key=lambda name: [int(n) for n in re.findall(r'\d+', name)])
