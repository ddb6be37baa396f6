#!/bin/bash
# Inside the booted system, as root: installs the package beside Mosquitto, and does to both what happens to a board.
set -u
. /test/lib.sh
exec >>"$results/log" 2>&1
export DEBIAN_FRONTEND=noninteractive
say "booted: $(. /etc/os-release && echo "$PRETTY_NAME"), $(systemctl --version | head -n 1)"

install_both() { apt-get install -y -q /debs/tidegate_0.1.0_*.deb >"$results/apt.log" 2>&1; }
api_has() { api "$1" | grep -qE -e "$2"; }
publish() { mosquitto_pub -h 127.0.0.1 -q 1 -u "$1" -P "$2" -t "$3" "${@:4}"; }
exposure_is_low() {
    local words
    words=$(systemd-analyze security --no-pager tidegate | tail -n 1)
    echo "$words"
    grep -qE 'tidegate.service: ([01]\.[0-9]|2\.0)' <<<"$words"
}
status_of_process() { grep -qE "^$1:[[:space:]]*$2\$" "/proc/$(main_pid)/status"; }

# Installing, and what came of it.
timed 'apt install of the package, and of Mosquitto with it' install_both
check 'apt installs the package' [ "$?" = 0 ]
((failed == 0)) || { cat "$results/apt.log" && finish first_boot && exit 1; }
check 'it is enabled' systemctl is-enabled --quiet tidegate
check 'it is active' within 20 active
check 'which it is once it has said that it is ready' [ "$(property Type)" = notify ]
check 'it runs as its own user' [ "$(stat -c %U "/proc/$(main_pid)")" = tidegate ]
check 'it has no capabilities' status_of_process CapEff 0000000000000000
check 'it can gain no privileges' status_of_process NoNewPrivs 1
check 'its system calls are filtered' status_of_process Seccomp 2
check 'its data is its own' [ "$(stat -c '%U %a' /var/lib/tidegate)" = 'tidegate 750' ]
check 'systemd finds its exposure at 2.0 or below' exposure_is_low
check 'health is good' within 20 api_has /healthz .
check 'it reached the broker with its own account' within 20 journal_has 'connected'
check 'the secret is for the gateway alone' [ "$(stat -c '%U:%G %a' /etc/tidegate/credentials/broker)" = 'root:tidegate 640' ]
claim

# The broker.
check 'the broker lets in nobody without an account' not mosquitto_pub -h 127.0.0.1 -t kitchen/x -m 1
password=$(tidegate-broker add kitchen </dev/null | sed -n 's/^password: //p')
check 'a device gets an account with a password' [ "${#password}" -ge 16 ]
check 'and may publish under its name' within 5 publish kitchen "$password" kitchen/temperature -m 21.5
publish kitchen "$password" cellar/temperature -m 99 # the broker drops it, and acknowledges all the same
check 'its reading is in the API' within 10 api_has '/api/v1/series?topic=kitchen/%23' '21\.5'
check 'what it says on topics of others is not' not api_has '/api/v1/series?topic=cellar/%23' '"id"'
check 'the account is listed' grep -qx kitchen <(tidegate-broker list)
tidegate-broker remove kitchen
check 'a removed account is let in no more' within 5 not publish kitchen "$password" kitchen/temperature -m 22
password=$(echo 'a long password' | tidegate-broker add counter 'numbered/#' | sed -n 's/^password: //p')
check 'a password may be given' [ "$password" = 'a long password' ]
check 'a name that is none is refused' not tidegate-broker add 'a b' </dev/null
check 'setting up once more changes nothing' grep -q 'set up already' <(tidegate-broker setup)

# An upstream that is never there: everything is owed to it, also when the gateway has to stop.
cat >/etc/tidegate/conf.d/cloud.toml <<'END'
[[upstream]]
name = "cloud"
kind = "mqtt"
url = "mqtt://127.0.0.1:1"
END
check 'the configuration is good' as_gateway tidegate check
check 'a reload takes up the upstream' systemctl reload tidegate
check 'which is then in the API' within 10 api_has /api/v1/upstreams cloud
check 'the journal has the event as a field' grep -q reloaded <(journalctl -u tidegate -o cat TIDEGATE_EVENT=reloaded)
check 'and its keys' grep -q 1 <(journalctl -u tidegate -o cat --output-fields=TIDEGATE_UPSTREAMS TIDEGATE_EVENT=reloaded)

# Numbers, one after the other: mosquitto_pub ends with 0 when the broker has acknowledged all of them.
# numbers DEVICE FROM TO PAUSE: fifty at a time.
numbers() {
    local n
    for ((n = $2; n <= $3; n += 50)); do seq "$n" $((n + 49)) 2>/dev/null && sleep "$4" || break; done |
        mosquitto_pub -h 127.0.0.1 -q 1 -u counter -P "$password" -t "numbered/$1" -l
}
acked=$results/acked

numbers 1 1 10000 0.05 &
publisher=$!
for kill in 1 2 3; do
    sleep 2
    restarts=$(property NRestarts) from=$EPOCHREALTIME
    systemctl kill --kill-who=main --signal=KILL tidegate
    came_back() { [[ $(property NRestarts) -gt $restarts ]] && active && api /healthz; }
    check "it is back after kill -9 ($kill of 3)" within 20 came_back
    say "time    from kill -9 to an answer: $(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }') ms"
done
wait "$publisher"
check 'all were acknowledged to the device meanwhile' [ "$?" = 0 ]
echo '1 10000' >"$acked"
all_there() { [[ $(missing "$acked") == 0 ]]; }
within 30 all_there
check 'nothing that was acknowledged was lost by three kills' nothing_lost "$acked" 9999

# While it is away, its session at the broker keeps what comes.
systemctl stop tidegate
check 'devices are served while it is stopped' numbers 2 1 2000 0
echo '2 2000' >>"$acked"
systemctl start tidegate
within 30 all_there
check 'what came while it was stopped is there' nothing_lost "$acked"

# The broker dies. What it had acknowledged and not passed on would be its own loss, and so would be what it takes before the gateway is
# back, where it had not saved our session yet: neither is put to it here.
from=$EPOCHREALTIME
systemctl kill --kill-who=main --signal=KILL mosquitto
check 'Mosquitto is back after kill -9' within 20 publish counter "$password" other/counter/x -m 1
gateway_is_back() { journalctl -u tidegate -o cat --since "@${from%.*}" --no-pager | grep -q connected && ! as_gateway tidegate status | grep -q 'broker.* away'; }
check 'and the gateway is connected again' within 20 gateway_is_back
publish counter "$password" numbered/3 -m 1
echo '3 1' >>"$acked"
within 30 all_there
check 'it hears the devices again, with nothing lost' nothing_lost "$acked"
say "time    from kill -9 of the broker to its next reading in the store: $(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }') ms"
books_balance() {
    api /api/v1/books >"$results/books.json"
    as_gateway tidegate status >"$results/status"
    ! grep -qi 'do not add up' "$results/status"
}
check 'the books are there' books_balance

# A gateway that hangs.
mkdir -p /etc/systemd/system/tidegate.service.d
printf '[Service]\nWatchdogSec=4\nTimeoutAbortSec=2\n' >/etc/systemd/system/tidegate.service.d/test.conf
systemctl daemon-reload && systemctl restart tidegate
within 20 active
sleep 6
check 'the watchdog leaves a working gateway alone' [ "$(property NRestarts)" = 0 ]
systemctl kill --kill-who=main --signal=STOP tidegate
hung_and_back() { [[ $(property NRestarts) -gt 0 ]] && active; }
check 'one that hangs is started anew' within 20 hung_and_back
check 'and the journal says why' journal_has 'Watchdog timeout'
rm -r /etc/systemd/system/tidegate.service.d && systemctl daemon-reload

# A wrong configuration, and a second instance.
echo 'tempo = 7' >/etc/tidegate/conf.d/wrong.toml
systemctl restart tidegate
check 'a wrong configuration ends it with 78' [ "$(property ExecMainStatus)" = 78 ]
sleep 3
check 'and it is not tried again' [ "$(property NRestarts)-$(property ActiveState)" = 0-failed ]
check 'the journal names file, line and column' journal_has 'conf.d/wrong.toml:1:[0-9]+: '
rm /etc/tidegate/conf.d/wrong.toml
systemctl reset-failed tidegate && systemctl start tidegate
second() { as_gateway timeout 20 tidegate run >"$results/second" 2>&1; }
second
check 'a second instance is refused' [ "$?" = 78 ]
check 'in words' grep -qE '/var/lib/tidegate: in use by another tidegate \(process [0-9]+\)' "$results/second"
check 'and the first goes on' api_has /healthz .

# Stopping with a backlog: an upstream is owed everything.
owed=$(api /api/v1/upstreams | grep -oE '"queued":[0-9]+' | head -n 1 | cut -d: -f2)
check 'the upstream is owed thousands' [ "${owed:-0}" -gt 10000 ]
numbers 4 1 20000 0.01 &
publisher=$!
sleep 1
timed "stop, with $owed readings owed and messages coming in" systemctl stop tidegate
check 'it stops in under 5 s with a backlog' [ "$took" -lt 5000 ]
check 'and in order' [ "$(property Result)-$(property ExecMainStatus)" = success-0 ]
timed 'start, to ready' systemctl start tidegate
wait "$publisher" && echo '4 20000' >>"$acked"
within 60 all_there
check 'nothing was lost by stopping' nothing_lost "$acked" 31999

# An upgrade, by hand as by apt, with a conffile that both sides have changed.
echo '# mine' >>/etc/tidegate/tidegate.toml
timed 'upgrade' dpkg -i --force-confold /debs/tidegate_0.1.1_*.deb
check 'the new version is installed' [ "$(dpkg-query -W -f '${Version}' tidegate)" = 0.1.1 ]
check 'and runs' within 20 active
check 'my changes to the conffile are kept' grep -qx '# mine' /etc/tidegate/tidegate.toml
check 'the device still has its account' publish counter "$password" numbered/5 -m 1
echo '5 1' >>"$acked"
within 30 all_there
check 'the readings are kept' nothing_lost "$acked" 32000

# Words to complete.
completed() {
    bash -c '. /usr/share/bash-completion/completions/tidegate; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tidegate; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
check 'bash completes commands' grep -qx backup <(completed tidegate ba)
check 'and options' grep -qx -e --from <(completed tidegate export --f)
check 'and those of tidegate-sim' grep -qx -e --broker <(completed tidegate-sim --b)

sync
numbers 6 1 2000 0.005
echo '6 2000' >>"$acked"
finish first_boot
