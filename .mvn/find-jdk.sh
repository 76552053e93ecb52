# Sourced by mvnw and varve: finds a JDK 25 or newer where installers put them.
# The places are those that Maven's select-jdk-toolchain goal looks into; then that of the default
# Java, which may be elsewhere.

jdk_major() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*$/\1/p' "$1/release"
}

default_jdk() {
  java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
}

find_jdk() {
  for jdk in "${JAVA_HOME:-}" "${JDK_HOME:-}" /usr/lib/jvm/* "${HOME:-}"/.jdks/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jenv/versions/* \
    "${HOME:-}"/.asdf/installs/java/* "${HOME:-}"/.gradle/jdks/* /opt/java/* /opt/jdk* \
    /opt/hostedtoolcache/Java*/*/x64 /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    major=$(jdk_major "$jdk") || continue
    if [ "${major:-0}" -ge 25 ]; then
      printf '%s\n' "$jdk"
      return 0
    fi
  done
  jdk=$(default_jdk)
  major=$(jdk_major "$jdk") || return 1
  [ "${major:-0}" -ge 25 ] && printf '%s\n' "$jdk"
}

no_jdk_message() {
  echo "$1: Varve needs a JDK 25 or newer beside your default Java, and none was found." \
    "Install one (for example Eclipse Temurin: apt install temurin-25-jdk) or point JAVA_HOME to it."
}
