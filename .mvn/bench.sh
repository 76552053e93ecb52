# Sourced by varve, after find-jdk.sh: runs the benchmark harness, which is never shipped and so has
# a class path instead of a module path. `varve bench peers`, `dedup` and `filter` need jmh/peers; all else
# jmh/suites.

# run_bench ROOT JDK bench|gate ARGUMENTS...: replaces this process; exit codes are the harness's.
run_bench() {
  bench_root=$1
  bench_jdk=$2
  shift 2
  bench_module=jmh/suites
  bench_native=
  case "$1 ${2:-}" in
    # Who asks for help is told of all commands.
    "bench peers" | "bench dedup" | "bench " | "bench --help" | "bench -h") bench_module=jmh/peers ;;
    "bench filter")
      bench_module=jmh/peers
      # Huge pages, as an embedder who wants a filter of gigabytes would have them.
      bench_native=--enable-native-access=ALL-UNNAMED
      ;;
  esac
  bench_target=$bench_root/$bench_module/target
  bench_stamp=$bench_target/bench.built
  if [ ! -f "$bench_stamp" ] || [ -n "$(bench_newer_sources "$bench_stamp")" ]; then
    echo "varve: building the harness first, which takes a minute or so" >&2
    if ! bench_log=$("$bench_root/mvnw" -q --batch-mode -DskipTests \
      -pl "$bench_module" -am package 2>&1); then
      printf '%s\n' "$bench_log" "varve: the build failed, see above" >&2
      exit 1
    fi
    touch "$bench_stamp"
  fi
  # JMH uses what Java 25 warns of; the processes that are measured get flags of their own.
  # shellcheck disable=SC2086 # empty, or one word
  exec "$bench_jdk/bin/java" --sun-misc-unsafe-memory-access=allow $bench_native \
    -cp "$bench_target/classes:$(cat "$bench_target/class-path")" dev.varve.jmh.Main "$@"
}

bench_newer_sources() {
  find "$bench_root/logstore" "$bench_root/bloom" "$bench_root/engine" "$bench_root/sync" \
    "$bench_root/jmh" "$bench_root/pom.xml" \
    -name target -prune -o \( -path '*/src/main/*' -o -name pom.xml \) -type f -newer "$1" -print |
    head -n 1
}
