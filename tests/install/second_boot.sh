#!/bin/bash
# The same system, booted again: what was acknowledged is there. Then the package goes.
set -u
. /test/lib.sh
exec >>"$results/log" 2>&1
say 'booted again'
acked=$results/acked
password='a long password'
publish() { mosquitto_pub -h 127.0.0.1 -q 1 -u "$1" -P "$2" -t "$3" "${@:4}"; }
all_there() { [[ $(missing "$acked") == 0 ]]; }

check 'it is active by itself after a reboot' within 30 active
within 30 all_there
check 'nothing that was acknowledged was lost by the reboot' nothing_lost "$acked" 34000
check 'it hears the devices' publish counter "$password" numbered/7 -m 1
echo '7 1' >>"$acked"
within 30 all_there
check 'and stores what they say' nothing_lost "$acked"

# Removed, it leaves what it keeps; installed again, it goes on.
check 'the package is removed' dpkg -r tidegate
check 'its program is gone' [ ! -e /usr/bin/tidegate ]
check 'its data is not' [ -s /var/lib/tidegate/log.db ]
check 'nor is the broker, which serves the devices' publish counter "$password" numbered/8 -m 1
echo '8 1' >>"$acked"
check 'installed again' dpkg -i --force-confold /debs/tidegate_0.1.1_*.deb
within 30 all_there
check 'it has everything, also what came meanwhile' nothing_lost "$acked"

check 'the package is purged' dpkg -P tidegate
left_behind() { find / -xdev \( -path /proc -o -path /sys -o -path /test -o -path /debs -o -path /results -o -path /documents -o -path /var/log -o -path /var/lib/dpkg -o -path /var/cache \) -prune -o -name '*tidegate*' ! -name 'tidegate-test*' -print | grep -v '^/var/lib/systemd/' ; }
nothing_left() { local left; left=$(left_behind); [[ -z $left ]] || { echo "$left"; return 1; }; }
check 'it leaves nothing behind' nothing_left
anonymous() { mosquitto_pub -h 127.0.0.1 -t x -m 1; }
check 'Mosquitto works on, as Debian sets it up' within 10 anonymous
check 'on this board only' grep -q '127.0.0.1:1883' <(ss -ltn)
# A set-up of somebody's own is not touched.
printf 'listener 1883\nallow_anonymous true\n' >/etc/mosquitto/conf.d/mine.conf
systemctl restart mosquitto
find /etc/mosquitto -type f -exec sha256sum {} + >"$results/before"
check 'installed beside a broker that somebody has set up' dpkg -i /debs/tidegate_0.1.1_*.deb
check 'of which nothing is changed' cmp -s "$results/before" <(find /etc/mosquitto -type f -exec sha256sum {} +)
check 'it is active' within 20 active
mosquitto_pub -h 127.0.0.1 -q 1 -t theirs/temperature -m 7.5
take_token
heard() { api '/api/v1/series?topic=theirs/%23' | grep -q '7\.5'; }
check 'and hears that broker' within 10 heard
finish second_boot
