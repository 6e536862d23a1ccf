# What fetches and compiles programs of the world, to be sourced from the repository's root with `output` set to build/programs.
gaps=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# The toolchain's clang; the C library, its start file and compiler-rt from Debian.
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
clang=$tools/clang
[ -x "$clang" ] || clang=clang
builtins=$(ls /usr/lib/llvm-*/lib/clang/*/lib/wasi/libclang_rt.builtins-wasm32.a | tail -n 1)
compile() {
    "$clang" --target=wasm32-wasi --sysroot=/usr -isystem /usr/include/wasm32-wasi -O2 -w -nodefaultlibs -L/usr/lib/wasm32-wasi \
        -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_MMAN \
        -include "$gaps/gaps.h" -I"$gaps" "$@" "$gaps/gaps.c" \
        -lc -lm -lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid -lwasi-emulated-mman "$builtins" \
        -Wl,--stack-first -Wl,-z,stack-size=1048576 -Wl,--strip-debug
}

# fetch_source NAME: Debian's source package into build/programs/sources, with package lists of our own, so that the machine's stay as they are.
fetch_source() {
    local lists=$output/apt
    mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
    local suite
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
    # From the mirrors this machine already uses for its suite.
    local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e "$keyring" ] && keyring="[signed-by=$keyring]" || keyring=
    apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' "Codename: $suite" | sort -u | while read -r mirror; do
        echo "deb-src $keyring $mirror $suite main"
    done >"$lists/sources.list"
    local options=(-o "Dir::Etc::SourceList=$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists/cache")
    [ -e "$lists/updated" ] || { apt-get "${options[@]}" update >"$lists/log" 2>&1 && touch "$lists/updated"; } || return 1
    (cd "$output/sources" && apt-get "${options[@]}" source --download-only "$1" >>"$lists/log" 2>&1)
}
