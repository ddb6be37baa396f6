# shellcheck shell=bash
# Shared by ./run, ./test and the scripts beside this file. Sourced with the repository's root as working directory.

if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# packages_of SECTION...: the lines of these sections of scripts/packages.
packages_of() {
    local section
    for section in "$@"; do
        sed -n "/^\[$section\]/,/^\[/{/^[a-z]/p}" scripts/packages
    done
}

# The packages of the given sections that are missing.
missing_packages() {
    local line package command
    while IFS='|' read -r package command; do
        [[ -n $command ]] && command -v "$command" >/dev/null && continue
        line=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)
        [[ $line == installed ]] || echo "$package"
    done < <(packages_of "$@")
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "packages are missing and neither root nor sudo is at hand; as root: ${*/env DEBIAN_FRONTEND=noninteractive /}"
    fi
}

# Installs what is missing of the given sections.
ensure_packages() {
    command -v dpkg-query >/dev/null || fail 'this needs Debian 12: packages are installed with apt-get'
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} == 0 ]] && return
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    local apt=(apt-get -q -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
    as_root "${apt[@]}" update || fail 'apt-get update failed: see above'
    as_root env DEBIAN_FRONTEND=noninteractive sh -c "$install_without_services" sh "${missing[@]}" -- \
        "${apt[@]}" install -y --no-install-recommends "${missing[@]}" || fail 'apt-get install failed: see above'
}

# bookworm_sources PATH: the stanzas and lines of the machine's apt sources that serve plain bookworm, as PATH.sources and PATH.list;
# other people's archives stay out.
bookworm_sources() {
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -f $file ]] && awk -v RS= -v ORS='\n\n' '/(^|\n)Suites:[^\n]* bookworm( |\n|$)/ || /(^|\n)Suites:[^\n]* bookworm-/' "$file"
    done >"$1.sources"
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep -E '^deb .* bookworm[a-z-]* ' >"$1.list"
    [[ -s $1.sources ]] || rm "$1.sources"
    [[ -s $1.list ]] || rm "$1.list"
}

# Tests start what they need by hand, on ports of their own. So what is installed for them as a service is not started,
# now or with the next boot; a service that was there before is left alone, and so is a policy of the machine's own.
# Arguments: the packages, "--", the command that installs them.
install_without_services='
packages= policy=/usr/sbin/policy-rc.d ours=
while [ "$1" != -- ]; do packages="$packages $1"; shift; done
shift
if [ ! -e $policy ]; then
    printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy && ours=1
    trap "rm -f $policy" EXIT INT TERM
fi
"$@"
status=$?
[ -n "$ours" ] && [ -d /run/systemd/system ] && for package in $packages; do
    dpkg -L "$package" 2>/dev/null | sed -n "s|^\(/usr\)\?/lib/systemd/system/\([^/@]*\.service\)$|\2|p" |
        xargs -r systemctl disable --quiet
done
exit $status
'

# stamped NAME FINGERPRINT: whether the step NAME was last done with this fingerprint. stamp NAME FINGERPRINT: it was now.
stamped() { [[ -f build/stamps/$1 && $(<"build/stamps/$1") == "$2" ]]; }
stamp() { mkdir -p build/stamps && echo "$2" >"build/stamps/$1"; }

# One hash over the names and contents of all files below the given paths.
fingerprint() {
    find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print0 | sort -z |
        xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# The dashboard's packages, as locked; fetched again only when the lock has changed.
ensure_node_modules() {
    local lock
    lock=$(fingerprint web/package-lock.json)
    [[ -d web/node_modules ]] && stamped npm "$lock" && return
    say 'Fetching the dashboard'\''s packages (npm)'
    # Not npm ci: npm 11 refuses a lock without the optional packages of platforms that we do not build on. The versions
    # and checksums are the lock's all the same, and the lock is not written.
    (cd web && npm install --no-save --no-progress --loglevel=error) || fail 'npm install failed: see above'
    stamp npm "$lock"
}

build_dashboard() {
    ensure_node_modules
    local sources
    sources=$(fingerprint web/dashboard web/client web/*.json web/*.ts)
    [[ -d web/dashboard/dist ]] && stamped dashboard "$sources" && return
    say 'Building the dashboard'
    (cd web && npm run --silent build) || fail 'the dashboard did not build: see above'
    stamp dashboard "$sources"
}

# Compiler jobs: one a core, but no more than the memory bears (the largest translation units need 2 GB).
jobs_that_fit() {
    local by_memory cores
    by_memory=$(awk '/^MemAvailable/ {print int($2 / 2000000)}' /proc/meminfo)
    cores=$(nproc)
    local jobs=$((by_memory < cores ? by_memory : cores))
    echo $((jobs < 1 ? 1 : jobs))
}

# build_preset PRESET TARGET...
build_preset() {
    local preset=$1
    shift
    if [[ ! -f build/$preset/build.ninja || CMakePresets.json -nt build/$preset/build.ninja ]]; then
        say "Configuring (cmake --preset $preset)"
        mkdir -p build
        cmake --preset "$preset" >build/configure.log 2>&1 || {
            tail -n 30 build/configure.log >&2
            fail 'cmake could not configure: see above, in full in build/configure.log'
        }
    fi
    say "Building (build/$preset)"
    cmake --build "build/$preset" -j "$(jobs_that_fit)" --target "$@" || fail 'the build failed: see above'
}

# build_release TARGET...
build_release() { build_preset release "$@"; }

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FROM: the first port from there on at which nothing answers.
free_port() {
    local port=$1
    while port_answers "$port"; do port=$((port + 1)); done
    echo "$port"
}

# http_ok PORT PATH: whether a GET is answered with 200 (a bare Debian has no curl).
http_ok() {
    (
        exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
        IFS= read -r -t 2 -u 3 status || exit 1
        timeout 2 cat <&3 >/dev/null # to the end: a reset would look like trouble to the other side
        [[ $status == 'HTTP/1.'[01]' 200'* ]]
    ) 2>/dev/null
}
