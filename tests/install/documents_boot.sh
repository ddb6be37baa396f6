#!/bin/bash
# Inside the booted system, as root: what the documents tell a user to type, in their order (scripts/doc-commands), on a board where nothing
# is installed yet.
set -u
. /test/lib.sh
exec >>"$results/log" 2>&1
say 'booted, for the documents'
export DEBIAN_FRONTEND=noninteractive
cp /debs/tidegate_0.1.0_*.deb /root/

# What a block prints is kept; it fails when a command of it does, or when what it is to print is not there.
run_block() {
    local out=$results/block-${1##*/}
    # On, as a user types: the words of one block are there in the next.
    (cd /root && HOME=/root timeout 120 bash -euo pipefail "$1" </dev/null >"$out" 2>&1) || { cat "$out" && return 1; }
    [[ ! -f $1.prints ]] || grep -qE -f "$1.prints" "$out" || { echo "it does not print: $(<"$1.prints")" && cat "$out" && return 1; }
}
for block in /documents/*.sh; do
    check "$(head -n 1 "$block" | sed 's/^# //')" run_block "$block"
    if [[ -z ${seen:-} ]] && as_gateway tidegate export --topic '#' 2>/dev/null | grep -q cellar/temperature; then
        seen=yes
        say "time    from the first command to the first reading: $(since_start)"
        check 'the first reading is there in under two minutes' [ "$SECONDS" -lt 120 ]
    fi
done
check 'there is a reading at the end' [ "${seen:-}" = yes ]
finish documents_boot
