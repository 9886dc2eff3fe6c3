# What the launcher, the build and the tests share; read with `.` after setting $home to the repository's root.
# Plain POSIX shell. find_jdk and stale run at every start: with a fitting JAVA_HOME they cost one `find` together.

jdk_needed=25

# jdk_read HOME: sets jdk_version ("17.0.15") and jdk_major (17) from the JDK's own `release` file; false where none is.
jdk_read() {
    [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
    jdk_version=
    while IFS= read -r jdk_line || [ -n "$jdk_line" ]; do
        case $jdk_line in
            JAVA_VERSION=*)
                jdk_version=${jdk_line#JAVA_VERSION=}
                jdk_version=${jdk_version#\"}
                jdk_version=${jdk_version%%\"*}
                ;;
        esac
    done < "$1/release"
    jdk_major=${jdk_version#1.}
    jdk_major=${jdk_major%%[!0-9]*}
    [ -n "$jdk_major" ]
}

# jdk_try HOME: keeps HOME if it fits and is nearer to the version Jandaia is tested on; else notes what it is.
jdk_try() {
    jdk_read "$1" || return 0
    if [ "$jdk_major" -lt "$jdk_needed" ]; then
        case $jdk_found, in
            *" in $1,"*) ;;
            *) jdk_found="$jdk_found, JDK $jdk_version in $1" ;;
        esac
    elif [ ! -x "$1/bin/javac" ]; then
        jdk_found="$jdk_found, Java $jdk_version without a compiler in $1"
    elif [ -z "$jdk_best" ] || [ "$jdk_major" -lt "$jdk_best_major" ]; then
        jdk_best=$1
        jdk_best_major=$jdk_major
    fi
}

# Sets and exports JAVA_HOME, or says in one sentence what was found and how to get a fitting JDK, and fails.
find_jdk() {
    jdk_best='' jdk_best_major='' jdk_found=''
    if [ -n "${JAVA_HOME:-}" ]; then
        jdk_read "$JAVA_HOME" || jdk_found=", no JDK in JAVA_HOME=$JAVA_HOME"
        jdk_try "$JAVA_HOME"
    fi
    if [ -z "$jdk_best" ] && jdk_java=$(command -v java) && jdk_java=$(readlink -f "$jdk_java" 2> /dev/null); then
        jdk_try "${jdk_java%/bin/java}"
    fi
    if [ -z "$jdk_best" ]; then
        for jdk_home in \
            /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/* /opt/*/* \
            /Library/Java/JavaVirtualMachines/*/Contents/Home \
            "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
            /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
            /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
            /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec \
            "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* \
            "${HOME:-}"/.asdf/installs/java/* "${HOME:-}"/.local/share/mise/installs/java/*; do
            # Linux distributions keep several names for one JDK; the message needs only one of them.
            [ -h "$jdk_home" ] || jdk_try "$jdk_home"
        done
    fi
    if [ -z "$jdk_best" ]; then
        jdk_found=${jdk_found#, }
        echo "Jandaia needs a JDK $jdk_needed or newer and found ${jdk_found:-none}:" \
            "install one (from https://adoptium.net, or with \"apt install openjdk-25-jdk\", \"brew install openjdk\"" \
            "or \"sdk install java\"), or set JAVA_HOME to the folder of one you have." >&2
        return 1
    fi
    JAVA_HOME=$jdk_best
    export JAVA_HOME
}

# Sets jar to the built command line; true when there is none or a source, a pom or a folder of sources is newer.
# The mark target/built carries the time at which the last good build started.
stale() {
    for jar in "$home"/cli/target/jandaia-cli-*.jar; do :; done
    [ -e "$jar" ] && [ -e "$home/target/built" ] || return 0
    [ -n "$(find "$home"/pom.xml "$home"/*/pom.xml "$home"/*/src/main -newer "$home/target/built" 2> /dev/null)" ]
}

# Sets maven to the mvn command; false where none is found.
find_maven() {
    maven=$(command -v mvn) && return
    for maven in "${MAVEN_HOME:+$MAVEN_HOME/bin/mvn}" "${HOME:-}/.sdkman/candidates/maven/current/bin/mvn" \
        /opt/homebrew/bin/mvn /usr/local/bin/mvn /opt/maven/bin/mvn; do
        [ ! -x "$maven" ] || return 0
    done
    return 1
}

maven_missing="needs Apache Maven 3.8 or newer and found no mvn on the PATH: install it, for example with \
\"apt install maven\", \"brew install maven\" or \"sdk install maven\"."

# run_maven LOG ARGUMENT...: without the network first; with it only when something is not on this machine yet.
run_maven() {
    maven_log=$1
    shift
    maven_once -o "$@" && return
    grep -q 'offline mode' "$maven_log" || return
    maven_once -U "$@"
}

# ./test replaces this one with its own, which shows some lines.
maven_once() {
    (cd "$home" && exec "$maven" -B "$@") > "$maven_log" 2>&1
}

# What Maven adds to every error and says nothing about this one.
maven_noise='^\[ERROR\] *$|\[Help [0-9]+\]|^\[ERROR\][[:space:]]+at |-e switch|-X switch|read the following'
maven_noise="$maven_noise|can resume the build|mvn <args>|Command was /bin/sh|See dump files"

# The lines of a Maven log that say what went wrong; a compiler's warning fails the build too.
maven_errors() {
    { grep -E '^\[ERROR\]|^\[WARNING\] .*\.java:' "$1" || cat "$1"; } | grep -E -v "$maven_noise" | tail -n 30
}

# One build at a time in this folder: waits, saying so, while another one runs. Released at exit at the latest.
# The lock is a symbolic link to its owner's process id: made in one step, so never half there, and an owner that was
# killed is known by its number. Only who holds the dead owner's takeover link may remove the dead owner's lock.
take_lock() {
    lock=$home/target/building
    lock_told='' lock_tries=0
    until ln -s $$ "$lock" 2> /dev/null; do
        if ! owner=$(readlink "$lock"); then
            lock_tries=$((lock_tries + 1))
            [ $lock_tries -lt 5 ] || { echo "Jandaia cannot be built: the lock $lock cannot be made." >&2; return 1; }
            sleep 1
        elif kill -0 "$owner" 2> /dev/null || [ -d "/proc/$owner" ] || ps -p "$owner" > /dev/null 2>&1; then
            [ -n "$lock_told" ] || echo "Waiting for process $owner, which is building Jandaia (lock: $lock)..." >&2
            lock_told=yes
            sleep 1
        elif ln -s $$ "$lock.$owner" 2> /dev/null; then
            [ "$(readlink "$lock")" != "$owner" ] || rm -f "$lock"
            rm -f "$lock.$owner"
        else
            sleep 1
        fi
    done
    trap 'rm -f "$lock"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

release_lock() {
    trap - EXIT
    rm -f "$lock"
}

# Before a build: what changes while Maven runs is newer than this mark and so is built the next time. Jars that another
# version left behind would join the class path.
begin_build() {
    : > "$home/target/built.next"
    rm -rf "$home/cli/target/lib" "$home"/cli/target/jandaia-cli-*.jar
}

end_build() {
    mv "$home/target/built.next" "$home/target/built"
    link_ahead
}

# Lets the JVM keep the classes of one short answer, loaded and linked, for the starts that follow (JEP 483 and 514): they
# are a third faster. Without that file everything works as well; where it cannot be made, target/aot.log says why.
link_ahead() {
    for jar in "$home"/cli/target/jandaia-cli-*.jar; do :; done
    rm -f "$home/cli/target/jandaia.aot"
    "$JAVA_HOME/bin/java" "@$home/jvm.options" "-XX:AOTCacheOutput=$home/cli/target/jandaia.aot.next" \
        "-Djandaia.home=$home" -cp "$jar:$home/cli/target/lib/*" io.jandaia.cli.Main \
        run --raw --no-history --max-tokens 24 starter A > "$home/target/aot.log" 2>&1 < /dev/null &&
        mv "$home/cli/target/jandaia.aot.next" "$home/cli/target/jandaia.aot" 2>> "$home/target/aot.log" || :
}
