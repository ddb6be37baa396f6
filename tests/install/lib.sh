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

# A gateway with accounts shows nothing until it is claimed, and then to who has a token.
token=''
claim() {
    check 'it shows nothing to anybody before it is claimed' not curl -fsS --max-time 10 -o /dev/null http://127.0.0.1:8080/api/v1/series
    check 'its owner has a code to claim it' grep -qE '[0-9A-Z]{4}-[0-9A-Z]{4}' <(as_gateway tidegate setup-code)
    by_https
    echo 'correct horse battery' | as_gateway tidegate user add anna --role admin --json >/dev/null
    take_token
    check 'a token opens the API' [ -n "$token" ]
    check 'and without one it is closed' not curl -fsS --max-time 10 -o /dev/null http://127.0.0.1:8080/api/v1/series
}
# The dashboard at the board's name and addresses, also one that it got later, for who trusts its authority; its owner knows that one by
# its fingerprint.
by_https() {
    local authority=$results/ca.crt printed trusting
    check 'its authority is there for all' curl -fsS --max-time 10 -o "$authority" http://127.0.0.1:8080/ca.crt
    printed=$(openssl x509 -in "$authority" -noout -fingerprint -sha256 | cut -d= -f2)
    check 'and setup-code prints its fingerprint' grep -qF "$printed" <(as_gateway tidegate setup-code 2>&1)
    trusting=(curl -fsS --max-time 10 --cacert "$authority" -o /dev/null)
    check 'it answers by HTTPS at its name' "${trusting[@]}" "https://$(hostname):8080/healthz"
    ip address add 192.168.77.1/24 dev lo
    check 'and at an address of a network' within 15 "${trusting[@]}" https://192.168.77.1:8080/healthz
    check 'which learns nothing by plain HTTP' not curl -fsS --max-time 10 -o /dev/null http://192.168.77.1:8080/api/v1/gateway
}
take_token() {
    token=$(as_gateway tidegate token add "install-$RANDOM" --role operator 2>/dev/null | grep -oE 'tg_[A-Za-z0-9_-]+' | head -n 1)
    sleep 1 # taken in within a second
}
api() {
    if [[ -n $token ]]; then
        curl -fsS --max-time 10 -H "Authorization: Bearer $token" "http://127.0.0.1:8080$1"
    else
        curl -fsS --max-time 10 "http://127.0.0.1:8080$1"
    fi
}

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
