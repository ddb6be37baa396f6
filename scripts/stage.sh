# shellcheck shell=bash
# The stage: processes of ours that run together, each in a session of its own, their output marked with their name.
# Sourced after lib.sh by ./run and by the browser tests. Nothing of it outlives the script, not even a kill -9 of it.

stage_names=()  # in the order of their start
declare -A stage_pid=()
stage_markers=()  # the processes that mark the output

# start NAME COMMAND...
start() {
    local name=$1 out
    shift
    # Markers sit in sessions of their own, so that Ctrl-C on the terminal does not cut off what is said at the end.
    exec {out}> >(exec setsid sed -u "s/^/[$name] /")
    stage_markers+=($!)
    setsid setpriv --pdeathsig TERM -- "$@" >&"$out" 2>&1 </dev/null {out}>&- &
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

# The last started is stopped first; each gets SIGTERM and ten seconds, then SIGKILL, its whole group.
stop_all() {
    local i name pid
    for ((i = ${#stage_names[@]} - 1; i >= 0; --i)); do
        name=${stage_names[i]}
        pid=${stage_pid[$name]}
        kill -TERM -- "-$pid" 2>/dev/null
        for ((tries = 0; tries < 200; ++tries)); do
            kill -0 -- "-$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL -- "-$pid" 2>/dev/null && say "$name did not stop in ten seconds and was killed"
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
EOF
    [[ -z ${4:-} ]] || cat >>"$1" <<EOF

[[upstream]]
name = "cloud"
kind = "mqtt"
url = "mqtt://127.0.0.1:$4"
EOF
}

# start_gateway CONFIG WEB_PORT
start_gateway() {
    start gateway build/release/bin/tidegate run -c "$1"
    wait_until gateway 30 http_ok "$2" /healthz
}
