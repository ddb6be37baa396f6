# shellcheck shell=bash
# The stage: processes of ours that run together, each in a session of its own, their output marked with their name.
# Sourced after lib.sh by ./run and by the browser tests. Nothing of it outlives the script, not even a kill -9 of it.

stage_names=()  # in the order of their start
declare -A stage_pid=()
stage_markers=()  # the processes that mark the output
stage_faults=()   # what stop_all saw go wrong, a line each

# start NAME COMMAND...
start() {
    local name=$1 out
    shift
    # Markers sit in sessions of their own, so that Ctrl-C on the terminal does not cut off what is said at the end.
    exec {out}> >(exec setsid sed -u "s/^/[$name] /")
    stage_markers+=($!)
    # The signal of the parent's death is asked for first; a parent that died before that is found out by hand.
    # shellcheck disable=SC2016
    setsid setpriv --pdeathsig TERM -- bash -c '[[ $PPID == "$1" ]] && shift && exec "$@"' bash $$ "$@" \
        >&"$out" 2>&1 </dev/null {out}>&- &
    stage_pid[$name]=$!
    stage_names+=("$name")
    exec {out}>&-
}

alive() { kill -0 "${stage_pid[$1]}" 2>/dev/null; }

# wait_until NAME SECONDS COMMAND...: until the command succeeds; not longer than NAME lives.
wait_until() {
    local name=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@"; do
        if ! alive "$name"; then
            stop_all
            fail "$name ended while it was starting: see its lines above"
        fi
        if ((SECONDS >= deadline)); then
            stop_all
            fail "$name did not answer in time"
        fi
        sleep 0.05
    done
}

# what_ended STATUS: in words.
what_ended() { if (($1 > 128)); then echo "was ended by signal $(($1 - 128))"; else echo "ended with status $1"; fi; }

# The last started is stopped first; each gets SIGTERM and ten seconds, then SIGKILL, its whole group. One that does not
# end well when it is told to is a fault.
stop_all() {
    local i name pid tries status
    for ((i = ${#stage_names[@]} - 1; i >= 0; --i)); do
        name=${stage_names[i]}
        pid=${stage_pid[$name]}
        kill -TERM -- "-$pid" 2>/dev/null
        for ((tries = 0; tries < 200; ++tries)); do
            kill -0 -- "-$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL -- "-$pid" 2>/dev/null && stage_faults+=("$name did not stop in ten seconds and was killed")
        wait "$pid" 2>/dev/null
        status=$?
        # 143: by our own signal; 127: it had ended before, and was named then.
        [[ $status == 0 || $status == 143 || $status == 127 ]] || stage_faults+=("$name $(what_ended $status)")
    done
    wait "${stage_markers[@]}" 2>/dev/null
    stage_names=()
}

# write_broker_config DIRECTORY PORT: Mosquitto with the settings that we ship, for this user, on loopback.
write_broker_config() {
    mkdir -p "$1"
    sed "s/^listener .*/listener $2 127.0.0.1/" systemd/mosquitto-tidegate.conf >"$1/mosquitto.conf"
    cat >>"$1/mosquitto.conf" <<EOF
user $(id -un)
persistence true
persistence_location $1/
log_dest stdout
log_timestamp_format %H:%M:%S
log_type error
log_type warning
EOF
}

# start_broker NAME DIRECTORY PORT
start_broker() {
    write_broker_config "$2" "$3"
    PATH=$PATH:/usr/sbin start "$1" mosquitto -c "$2/mosquitto.conf"
    wait_until "$1" 10 port_answers "$3"
}

# write_gateway_config FILE BROKER_URL WEB_PORT [CLOUD_PORT]
write_gateway_config() {
    local directory=${1%/*}
    mkdir -p "$directory/state" "$directory/runtime"
    cat >"$1" <<EOF
# Written anew by every start.
[gateway]
id = "demo"
state_directory = "$directory/state"
runtime_directory = "$directory/runtime"

[[broker]]
url = "$2"
filters = ["#"]

[web]
address = "127.0.0.1"
port = $3
accounts = false
EOF
    [[ -z ${4:-} ]] || cat >>"$1" <<EOF

[[upstream]]
name = "cloud"
kind = "mqtt"
url = "mqtt://127.0.0.1:$4"
EOF
}

# start_gateway CONFIG WEB_PORT: the one in $TIDEGATE_BIN, if that is set.
start_gateway() {
    start gateway "${TIDEGATE_BIN:-build/release/bin}/tidegate" run -c "$1"
    wait_until gateway 30 http_ok "$2" /healthz
}

# What a process used of a CPU since it began, user and system; what it has in memory; what a gateway says of itself, as a whole number.
cpu_seconds() { awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / tick }' "/proc/$1/stat"; } # PID
resident_mib() { awk '/^VmRSS/ { print $2 / 1024 }' "/proc/$1/status"; }                                           # PID
metric() { curl -sf "http://127.0.0.1:$1/metrics" | awk -v name="$2" '$1 == name { printf "%.0f\n", $2 }'; }       # WEB_PORT NAME
