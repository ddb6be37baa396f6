# shellcheck shell=bash
# Shared by the scripts that run inside the booted system. Sourced. What is found goes to /results/log.
results=/results
passed=0 failed=0
started=$EPOCHREALTIME

since_start() { awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%6.1f s", b - a }'; }
say() { echo "$(since_start)  $*"; }
# check WHAT COMMAND...
check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1)) && say "ok      $what"
    else
        failed=$((failed + 1)) && say "FAILED  $what"
    fi
}
not() { ! "$@"; }
# within SECONDS COMMAND...
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || { echo "not within the time: $*" && return 1; }
        sleep 0.1
    done
}
# timed WHAT COMMAND...: says how long it took, in ms, in $took.
timed() {
    local what=$1 from=$EPOCHREALTIME status
    shift
    "$@"
    status=$?
    took=$(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }')
    say "time    $what: $took ms"
    return $status
}

active() { systemctl is-active --quiet tidegate; }
property() { systemctl show -p "$1" --value tidegate; }
main_pid() { property MainPID; }
journal_has() { journalctl -u tidegate -o cat --no-pager | grep -qE -e "$1"; }
as_gateway() { (cd / && sudo -u tidegate "$@"); }

# The readings of numbered/# that the gateway has, as "k number".
stored_numbers() {
    as_gateway tidegate export --topic 'numbered/#' --format csv | tr -d '\r' | awk -F, 'NR > 1 { sub("numbered/", "", $1); print $1, $5 + 0 }'
}
# missing ACKED: how many of the numbers that the broker acknowledged to the fleet the gateway has not stored.
missing() {
    stored_numbers >"$results/stored"
    awk 'FNR == NR { have[$1 " " $2]; next }
        { for (n = 1; n <= $2; ++n) if (!(($1 " " n) in have)) ++lost; for (i = 3; i <= NF; ++i) if (!(($1 " " $i) in have)) ++lost }
        END { print lost + 0 }' "$results/stored" "$1"
}
acknowledged() { awk '{ n += $2 + NF - 2 } END { print n + 0 }' "$1"; }
nothing_lost() {
    local lost
    lost=$(missing "$1")
    say "count   $(acknowledged "$1") acknowledged, $lost lost"
    [[ $lost == 0 && $(acknowledged "$1") -gt ${2:-0} ]]
}

finish() {
    say "$passed passed, $failed failed"
    echo "$passed $failed" >"$results/$1.count"
    ((failed == 0))
}
