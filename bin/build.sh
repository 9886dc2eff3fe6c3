#!/bin/sh
# Builds the command line if it is missing or older than its sources. The launcher calls it; tests are left to ./test.
set -u

home=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
. "$home/bin/tools.sh"
log=$home/target/build.log

# cannot REASON: with an older build at hand, says so and leaves it in use.
cannot() {
    if [ -e "$jar" ]; then
        echo "The sources of Jandaia are newer than its build, which stays in use: building $*" >&2
        exit 0
    fi
    echo "Building Jandaia $*" >&2
    exit 1
}

stale || exit 0
find_jdk || exit 1
find_maven || cannot "$maven_missing"
mkdir -p "$home/target" 2> /dev/null && [ -w "$home/target" ] && [ -w "$home/cli" ] ||
    cannot "needs to write in $home, and this user may not: run $home/jandaia once as a user who may."
take_lock || exit 1
stale || exit 0

if [ -e "$home/target/built" ]; then
    why='sources changed'
else
    why='first use, about a minute'
fi
printf 'Building Jandaia (%s)... ' "$why" >&2
start=$(date +%s)
begin_build
if ! run_maven "$log" -pl cli -am -Dmaven.test.skip=true package; then
    echo 'failed:' >&2
    maven_errors "$log" >&2
    echo "Jandaia was not built; everything Maven said is in $log." >&2
    exit 1
fi
end_build
echo "done in $(($(date +%s) - start)) s" >&2
