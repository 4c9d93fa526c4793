#!/usr/bin/env bash
# Runs the kernel suite for NEON under qemu, on an x86-64 Debian 12 machine.
#
# rustup has no aarch64 standard library where only the host's was installed, but
# Debian's security archive has one, with the compiler of the same version. The script
# installs what is missing (as root) and unpacks the arm64 library into a folder of its
# own. Most of its time goes into building the dependencies once more.
set -euo pipefail
cd "$(dirname "$0")/.."

target=aarch64-unknown-linux-gnu
build=${CARGO_TARGET_DIR:-target}/neon
mkdir -p "$build"
build=$(realpath "$build")
sysroot=$build/sysroot

packages=(rustc-web libstd-rust-web-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    qemu-user-static)
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    apt-get update
    apt-get install --yes --no-install-recommends "${packages[@]}"
fi

# A sysroot with the arm64 library of the same version; build scripts use the host's own.
version=$(dpkg-query -W -f '${Version}' libstd-rust-web-dev)
if [[ ! -e $sysroot/$version ]]; then
    dpkg --add-architecture arm64
    apt-get update
    rm -rf "$sysroot" "$build/deb"
    mkdir -p "$sysroot/lib/rustlib" "$build/deb"
    shared=$(dpkg-query -W -f '${Depends}' libstd-rust-web-dev |
        grep -o 'libstd-rust-web-[0-9][0-9.]*' | head -n 1)
    (cd "$build/deb" && apt-get download \
        "libstd-rust-web-dev:arm64=$version" "$shared:arm64=$version")
    for package in "$build"/deb/*.deb; do
        dpkg -x "$package" "$build/deb/root"
    done
    cp -r "$build/deb/root/usr/lib/rustlib/$target" "$sysroot/lib/rustlib/"
    rm -r "$build/deb"
    touch "$sysroot/$version"
fi

# The C dependency (zstd) is built by the cross compiler.
export RUSTC=/usr/bin/rustc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="--sysroot=$sysroot"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64-static -L /usr/aarch64-linux-gnu"
export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc
export CARGO_TARGET_DIR=$build
export SEGENGINE_ISA=neon SEGENGINE_REQUIRE_ISA=1

cargo test --target "$target" --no-default-features --lib kernel::
