#!/bin/sh
# Tests of the launcher and of its build script; ./test runs it. Each test plays in a small copy of the house whose java
# and mvn are scripts, so none of them needs the network, a compiler or more than a moment; one starts the real JVM.
set -u

house=$(cd "$(dirname "$0")/../../../.." && pwd -P)
room=$(mktemp -d "${TMPDIR:-/tmp}/jandaia test.XXXXXX") || exit 1
trap 'rm -rf "$room"' EXIT
room=$(cd "$room" && pwd -P)
: "${test_shell:=sh}" # another shell to try the scripts with, for example test_shell=bash
passed=0 failed=0

# check WHAT EXPECTED FOUND: EXPECTED is a pattern of the shell.
check() {
    case $3 in
        $2) passed=$((passed + 1)) ;;
        *)
            failed=$((failed + 1))
            printf 'FAILED launcher: %s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
            ;;
    esac
}

# make_jdk FOLDER VERSION: a JDK whose java says how it was called.
make_jdk() {
    mkdir -p "$1/bin"
    printf 'IMPLEMENTOR="Test"\nJAVA_VERSION="%s"\n' "$2" > "$1/release"
    cat > "$1/bin/java" << 'END'
#!/bin/sh
echo "JAVA ${0%/bin/java}"
for argument in "$@"; do
    echo "<$argument>"
    case $argument in -XX:AOTCacheOutput=*) : > "${argument#*=}" ;; esac
done
END
    cp "$1/bin/java" "$1/bin/javac"
    chmod +x "$1/bin/java" "$1/bin/javac"
}

# A Maven that notes its runs and leaves a jar, or fails where broken says why.
make_maven() {
    mkdir -p "$1"
    cat > "$1/mvn" << 'END'
#!/bin/sh
echo "$*" >> runs
if [ -e running ]; then echo overlap >> runs; fi
: > running
if [ -e slow ]; then sleep 0.5; fi
rm running
case " $* " in *" -o "*) if [ -e offline ]; then cat offline; exit 1; fi ;; esac
if [ -e broken ]; then cat broken; exit 1; fi
mkdir -p cli/target/lib
: > cli/target/jandaia-cli-0.1.0.jar
END
    chmod +x "$1/mvn"
}

# A fresh copy of the house in $at.
new_house() {
    at="$room/$1"
    mkdir -p "$at/cli/src/main" "$at/bench" "$at/tensor/src/main/java/a"
    cp -R "$house/jandaia" "$house/bin" "$house/jvm.options" "$at"
    # This machine's own JDKs and Maven must be out of sight.
    sed -e 's|/usr/|/no/usr/|g' -e 's|/opt/|/no/opt/|g' -e 's| /Library| /no/Library|g' -e 's| /home/| /no/home/|g' \
        "$house/bin/tools.sh" > "$at/bin/tools.sh"
    : > "$at/pom.xml"
    : > "$at/cli/pom.xml"
    : > "$at/tensor/src/main/java/a/A.java"
}

# The launcher of $at, in an environment where only the test's own JDK and Maven exist.
launch() {
    env -i HOME="$room/home" PATH="$path" TMPDIR="$room" JAVA_HOME="${java_home-}" \
        ${options:+"JANDAIA_JAVA_OPTS=$options"} "$test_shell" "$at/jandaia" "$@"
}

runs() {
    if [ -e "$at/runs" ]; then wc -l < "$at/runs" | tr -d ' '; else echo 0; fi
}

# The tools the scripts may use, without whatever java or mvn this machine has.
mkdir -p "$room/tools" "$room/home"
for tool in sh bash dash ksh busybox env cat cp date dirname find grep ln ls mkdir mkfifo mv ps readlink rm sed sleep tail tr wc; do
    found=$(command -v "$tool") && ln -s "$found" "$room/tools/$tool"
done
make_maven "$room/maven/bin"
make_jdk "$room/jdk 25" 25.0.3
make_jdk "$room/jdk-26" 26
make_jdk "$room/jdk-17" 17.0.15
make_jdk "$room/jdk-8" 1.8.0_392
path="$room/maven/bin:$room/tools"
java_home="$room/jdk 25"

# The first use builds, later ones do not; arguments arrive whole.
new_house 'a house'
out=$(launch run 'two  words' '*' '' 2> "$room/err")
check 'first use starts java' "JAVA $room/jdk 25*" "$out"
check 'arguments arrive whole' "*<io.jandaia.cli.Main>
<run>
<two  words>
<\*>
<>" "$out"
check 'flags come from jvm.options' "*<@$at/jvm.options>*" "$out"
check 'class path' "*<-cp>
<$at/cli/target/jandaia-cli-0.1.0.jar:$at/cli/target/lib/\*>*" "$out"
check 'first use says so' 'Building Jandaia (first use, about a minute)... done in * s' "$(cat "$room/err")"
check 'classes that were linked ahead are used' "*<-XX:AOTCache=$at/cli/target/jandaia.aot>*" "$out"
rm "$at/cli/target/jandaia.aot"
check 'without them java starts as well' 0 "$(launch | grep -c AOTCache)"
launch > "$room/out" 2> "$room/err"
check 'second use does not build' 1 "$(runs)"
check 'second use says nothing' '' "$(cat "$room/err")"
options='-Xmx1g -Da=*' && out=$(launch) && options=
check 'JANDAIA_JAVA_OPTS is split at spaces only' '*<-Xmx1g>
<-Da=\*>*' "$out"

# What makes a build stale.
sleep 0.02
: > "$at/tensor/src/main/java/a/A.java"
launch > /dev/null 2> "$room/err"
check 'a changed source builds' 2 "$(runs)"
check 'a changed source says so' 'Building Jandaia (sources changed)... done in * s' "$(cat "$room/err")"
sleep 0.02
rm "$at/tensor/src/main/java/a/A.java"
launch > /dev/null 2>&1
check 'a deleted source builds' 3 "$(runs)"
sleep 0.02
: > "$at/cli/pom.xml"
launch > /dev/null 2>&1
check 'a changed pom builds' 4 "$(runs)"
rm "$at/cli/target/jandaia-cli-0.1.0.jar"
launch > /dev/null 2>&1
check 'a deleted jar builds' 5 "$(runs)"

# A server that the processor kills is started once more; any other end is the server's own.
cat > "$room/jdk 25/bin/crash" << 'END'
#!/bin/sh
echo "$*" >> "${0%/*}/starts"
kill -"$(cat "${0%/*}/signal")" $$
END
cp "$room/jdk 25/bin/java" "$room/java"
cp "$room/jdk 25/bin/crash" "$room/jdk 25/bin/java"
# serve_until SIGNAL COMMAND: how often the JVM was started, what the launcher made of its end, how the last start began.
serve_until() {
    echo "$1" > "$room/jdk 25/bin/signal"
    rm -f "$room/jdk 25/bin/starts"
    launch "$2" --port 0 > /dev/null 2>&1
    echo "$(wc -l < "$room/jdk 25/bin/starts" | tr -d ' ') $? $(tail -n 1 "$room/jdk 25/bin/starts")"
}
check 'a crash restarts a server' '2 *-Djandaia.restarted=139 *io.jandaia.cli.Main serve --port 0' "$(serve_until SEGV serve)"
check 'a fatal error restarts a server' '2 *-Djandaia.restarted=134 *' "$(serve_until ABRT serve)"
check 'an end from outside does not' '1 *-Djandaia.launcher=*' "$(serve_until KILL serve)"
check 'other commands are not restarted' '1 *' "$(serve_until SEGV run)"
cp "$room/java" "$room/jdk 25/bin/java"
check 'the first start knows its launcher' '*<-Djandaia.launcher=*>*' "$(launch serve)"
check 'other commands have none' 0 "$(launch run | grep -c launcher=)"

# From anywhere, through links.
mkdir -p "$room/elsewhere/deep" && chmod a-w "$room/elsewhere"
ln -s "$at/jandaia" "$room/absolute"
ln -s ../absolute "$room/home/relative"
out=$(cd "$room/elsewhere" && at=$room/home && ln -sf relative "$at/jandaia" && launch)
check 'through a chain of links' "*<$at/cli/target/jandaia-cli-0.1.0.jar:*" "$out"
out=$(cd "$room" && env -i HOME="$room/home" PATH="$path" JAVA_HOME="$java_home" "$test_shell" absolute)
check 'through a link without a slash' "*<$at/cli/target/jandaia-cli-0.1.0.jar:*" "$out"
out=$(cd "$at" && env -i HOME="$room/home" PATH="$path" JAVA_HOME="$java_home" "$test_shell" jandaia)
check 'from its own folder without a slash' "*<$at/cli/target/jandaia-cli-0.1.0.jar:*" "$out"
check 'no folder for temporary files' "JAVA*" "$(env -i HOME="$room" PATH="$path" TMPDIR=/nonexistent \
    JAVA_HOME="$java_home" "$test_shell" "$at/jandaia" 2>&1)"

# Which JDK.
java_home=
path="$room/jdk-26/bin:$path"
check 'java on the PATH' "JAVA $room/jdk-26*" "$(launch)"
java_home="$room/jdk-17"
check 'an old JAVA_HOME is passed over' "JAVA $room/jdk-26*" "$(launch)"
path="$room/maven/bin:$room/tools"
mkdir -p "$room/home/.sdkman/candidates/java" "$room/home/.jdks"
mv "$room/jdk-26" "$room/home/.jdks/"
mv "$room/jdk 25" "$room/home/.sdkman/candidates/java/25.0.3-tem"
java_home=/nonexistent
check 'SDKMAN before a newer one in .jdks' "JAVA $room/home/.sdkman/candidates/java/25.0.3-tem*" "$(launch)"
mv "$room/home/.sdkman/candidates/java/25.0.3-tem" "$room/jdk 25"
check 'a JDK in .jdks' "JAVA $room/home/.jdks/jdk-26*" "$(launch)"
mv "$room/home/.jdks/jdk-26" "$room/jdk-26"
mv "$room/jdk-17" "$room/jdk-8" "$room/home/.jdks/"
out=$(launch 2>&1)
check 'no fitting JDK: exit 1' 1 $?
check 'no fitting JDK: what was found' "Jandaia needs a JDK 25 or newer and found no JDK in JAVA_HOME=/nonexistent, \
JDK 17.0.15 in $room/home/.jdks/jdk-17, JDK 1.8.0_392 in $room/home/.jdks/jdk-8: install one*" "$out"
rm -r "$room/home/.jdks/jdk-17" "$room/home/.jdks/jdk-8"
java_home=
check 'no JDK at all' 'Jandaia needs a JDK 25 or newer and found none: *' "$(launch 2>&1)"
java_home="$room/jdk 25"

# Builds that cannot be.
new_house nomaven
path="$room/tools"
out=$(launch 2>&1)
check 'no Maven: exit 1' 1 $?
check 'no Maven' 'Building Jandaia needs Apache Maven 3.8 or newer and found no mvn*' "$out"
path="$room/maven/bin:$room/tools"
launch > /dev/null 2>&1
sleep 0.02
: > "$at/pom.xml"
path="$room/tools"
out=$(launch 2>&1)
check 'no Maven but a build' '*newer than its build, which stays in use: *' "$out"
check 'no Maven but a build: it runs' '*io.jandaia.cli.Main*' "$out"
path="$room/maven/bin:$room/tools"
new_house broken
printf '[INFO] fine\n[ERROR] A.java:[1,2] such an error\n' > "$at/broken"
out=$(launch 2>&1)
check 'a failed build: exit 1' 1 $?
check 'a failed build shows why' '*failed:
\[ERROR\] A.java:\[1,2\] such an error
Jandaia was not built*' "$out"
check 'a failed build without the network is not repeated' 1 "$(runs)"
rm "$at/broken"
echo '[ERROR] Cannot access central in offline mode' > "$at/offline"
check 'what is missing is fetched' '*io.jandaia.cli.Main*' "$(launch 2>&1)"
check 'what is missing is fetched by a second run' 3 "$(runs)"

# Two at once, and after a killed one.
new_house twice
: > "$at/slow"
launch > "$room/out1" 2> "$room/err1" &
launch > "$room/out2" 2> "$room/err2"
wait
check 'two at once: one build' 1 "$(runs)"
check 'two at once: both run' 'JAVA*JAVA*' "$(cat "$room/out1" "$room/out2")"
check 'two at once: one waits' '*Waiting for process *, which is building Jandaia*' "$(cat "$room/err1" "$room/err2")"
rm -r "$at/cli/target"
sh -c 'exit 0' &
dead=$!
wait
ln -s $dead "$at/target/building"
launch > /dev/null 2>&1 &
launch > /dev/null 2>&1
wait
check 'a dead owner of the lock is passed over, once' 2 "$(runs)"
check 'the lock is released' 'aot.log
build.log
built' "$(ls "$at/target")"

# The real JVM: of all it writes on standard error only the line about the incubator module is kept back.
home=$house
. "$house/bin/tools.sh"
unset JAVA_HOME
if stale || ! find_jdk; then
    echo 'NOT RUN: the launcher with the real JVM needs a build and a JDK; ./test has both'
else
    out=$("$house/jandaia" --version 2> "$room/err")
    check 'real JVM: standard output' 'jandaia *' "$out"
    check 'real JVM: standard error is silent' '' "$(cat "$room/err")"
    "$house/jandaia" --no-such-option 2> "$room/err"
    check 'real JVM: exit code' 2 $?
    check 'real JVM: an error is there when the process has ended' "*'--no-such-option'*" "$(cat "$room/err")"
    out=$(JANDAIA_JAVA_OPTS=-XX:NoSuchOption "$house/jandaia" --version 2>&1)
    check 'real JVM: one that cannot start is heard' "*NoSuchOption*Could not create the Java Virtual Machine*" "$out"
    out=$(JANDAIA_JAVA_OPTS='-Xms1m --add-modules=no.such.module' "$house/jandaia" --version 2>&1)
    check 'real JVM: one that stops later is heard' '*no.such.module not found*' "$out"
    "$house/jandaia" run <&- 2> "$room/err"
    check 'real JVM: closed standard input is an empty one' '*The prompt is empty*' "$(cat "$room/err")"
    out=$("$house/jandaia" --version 2>&-)
    check 'real JVM: closed standard error' 'jandaia *' "$out"
    out=$(LC_ALL=C "$house/jandaia" tokenize starter 'Olá' | LC_ALL=C tail -n 1)
    check 'real JVM: accents survive a locale without them' '*Ã¡' "$out"
    JANDAIA_JAVA_OPTS=-Xlog:safepoint:stderr "$house/jandaia" --version 2>&1 > /dev/null | grep -c incubator > "$room/out"
    check 'real JVM: never that line' 0 "$(cat "$room/out")"
fi

echo "launcher: $passed passed, $failed failed"
[ $failed -eq 0 ]
