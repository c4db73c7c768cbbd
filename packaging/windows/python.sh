#!/usr/bin/env bash
# Makes a Windows CPython that runs on Debian 12 (amd64) under Wine, with this project's Windows wheels in it.
#
#   python.sh DIR [REQUIREMENTS.lock...]    set up (again: only what is missing or has changed)
#   DIR/python ARGS...                      Windows' python.exe: streams, exit code and arguments as usual
#   DIR/desktop ARGS...                     the same in a Wine desktop with a notification area (needs DISPLAY)
#   DIR/wine PROGRAM ARGS...                any other Windows program in the same Windows
#   DIR/plain PROGRAM ARGS...               the same with the streams as they are, for programs with windows
#   DIR/end                                 end everything that still runs in it
#
# Where each part comes from:
#   Wine, the cross compiler        the Debian packages of packages.txt (.ci/run installs them)
#   python3XX.dll, *.pyd, DLLs      dlls.txt
#   the standard library            a Linux CPython of the same minor version (the Lib folder is one for all systems)
#   python.exe, python3.dll, bcryptprimitives.dll    python.c, python3.dll's own table of names, prng.c
#   dependencies                    uv, told to resolve for Windows: pip would judge `sys_platform` by Linux
# Measured on 2 cores: 25 to 75 s the first time, 2 to 8 s again; 67 MB and the wheels of the locks from the package index;
# 0.9 GB of disk, most of it Wine's C: drive. DIR can be kept for the next run, in its place.
#
# What Wine 8 cannot tell (not the app's faults): a lock of msvcrt.locking that is taken raises OSError with errno 0
# instead of EACCES; CTRL_BREAK_EVENT cannot be sent to a process group; 32-bit programs do not start (NSIS: `Target
# amd64-unicode`); links need what Windows asks for them; a connection that is reset behind the first bytes of an answer
# looks as if it was closed; its Credential Manager takes any length.
# WINE_LANG=zh_CN.UTF-8 DIR/python ... is a Chinese Windows: code page 936, Chinese menus (fonts-noto-cjk shows them).
# PYTHON_MINOR=3.13|3.12|3.11 chooses a version; else the newest whose standard library is on this machine
# (3.11 is Debian 12's own). UV names the uv to take.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(mkdir -p "${1:?a folder}" && cd "$1" && pwd)
shift
locks=()
for lock in "$@"; do locks+=("$(realpath "$lock")"); done

# ---- Debian packages: none is installed unasked -------------------------------------------------------------------
need=()
while read -r package _; do
    case "$package" in "" | "#"*) continue ;; esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || need+=("$package")
done <"$here/packages.txt"
if [ ${#need[@]} -gt 0 ]; then
    echo "A Windows Python needs the Debian packages ${need[*]} (sudo apt-get install --no-install-recommends ${need[*]};" \
        "bash .ci/run installs them)." >&2
    exit 1
fi

# ---- which Python: the newest whose standard library is here -------------------------------------------------
stdlib_of() { # prints the folder of a Linux CPython's standard library
    local minor=$1 lib
    for lib in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$minor".*/lib/python"$minor" /usr/local/lib/python"$minor" \
        /usr/lib/python"$minor"; do
        if [ -f "$lib/encodings/__init__.py" ] && [ -f "$lib/asyncio/windows_events.py" ]; then
            echo "$lib"
            return
        fi
    done
}
minor= stdlib=
for try in ${PYTHON_MINOR:-3.13 3.12 3.11}; do
    stdlib=$(stdlib_of "$try")
    [ -z "$stdlib" ] || { minor=$try; break; }
done
[ -n "$minor" ] || { echo "No standard library of Python ${PYTHON_MINOR:-3.11 to 3.13} is on this machine." >&2; exit 1; }
tag=${minor/./}
home=$root/prefix/drive_c/python # C:\python
echo "Windows Python $minor, standard library from $stdlib"

# ---- uv: the one that was named or is on PATH, else a hashed one of our own -------------------------------------
uv=${UV:-$(command -v uv || true)}
if [ -z "$uv" ]; then
    uv=$root/tools/bin/uv
    if [ ! -x "$uv" ]; then
        python3 -m venv --clear "$root/tools"
        "$root/tools/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$here/../uv-bootstrap.txt"
    fi
fi
windows_packages() { # installs into a folder what a file lists: windows_packages FOLDER FILE
    local hashes=()
    ! grep -q -- --hash= "$2" || hashes=(--require-hashes)
    "$uv" pip install -q --python "$(command -v python3)" --target "$1" --only-binary :all: "${hashes[@]}" \
        --python-platform x86_64-pc-windows-msvc --python-version "$minor" -r "$2"
}

# ---- Wine's C: drive -------------------------------------------------------------------------------------------
export WINEPREFIX=$root/prefix WINEARCH=win64 WINEDEBUG=-all
export WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe=" # no .NET, no HTML engine, no Linux menu entries
if [ ! -f "$root/prefix/system.reg" ]; then
    # one line goes to stderr for want of a 32-bit Wine, which nothing here uses
    env -u DISPLAY timeout 300 wine wineboot -i </dev/null >"$root/wineboot.log" 2>&1 || { cat "$root/wineboot.log" >&2; exit 1; }
    env -u DISPLAY timeout 60 wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f </dev/null >>"$root/wineboot.log" 2>&1
    timeout 60 wineserver -w || wineserver -k
fi

# ---- Python ------------------------------------------------------------------------------------------------------
made="$minor $stdlib $(cat "$here"/{python.c,python.manifest,prng.c,dlls.txt,python.sh} | sha256sum)"
if [ "$(cat "$home/.made" 2>/dev/null)" != "$made" ]; then
    rm -rf "$home" "$root/locks.made" && mkdir -p "$home/DLLs" "$home/Lib/site-packages"
    build=$(mktemp -d)
    trap 'rm -rf "$build"' EXIT
    windows_packages "$build/dlls" "$here/dlls.txt"
    (
        cd "$build/dlls/deploy_libs"
        # names are spelled in both cases; *.cp313t-*.pyd are for the build without the GIL. platform.uname() asks _wmi,
        # which Wine 8 has not: without it Python asks the system directly
        for file in *; do
            case "${file,,}" in
                python"$tag".dll | vcruntime140.dll | vcruntime140_1.dll) cp "$file" "$home/${file,,}" ;;
                _wmi.pyd | *.cp*.pyd) ;;
                libffi-8.dll | libcrypto-*.dll | libssl-*.dll | sqlite3.dll | zlib1.dll | *.pyd) cp "$file" "$home/DLLs/" ;;
            esac
        done
    )
    tar -C "$stdlib" --exclude=__pycache__ --exclude=./site-packages --exclude=./dist-packages --exclude=./lib-dynload \
        --exclude='./config-*' --exclude=./test --exclude=./idlelib --exclude=./ensurepip --exclude=sitecustomize.py \
        -cf - . | tar -C "$home/Lib" -xhf - 2>/dev/null || true
    # as the official one it knows Windows 10 (else Windows plays an older one to it), long paths and current controls
    echo "1 24 \"$here/python.manifest\"" | x86_64-w64-mingw32-windres -O coff -o "$build/python.res"
    cc=x86_64-w64-mingw32-gcc
    dll="-DPYTHON_DLL=L\"python$tag.dll\""
    "$cc" -O2 -s -municode "$dll" -o "$home/python.exe" "$here/python.c" "$build/python.res"
    "$cc" -O2 -s -municode -mwindows "$dll" -o "$home/pythonw.exe" "$here/python.c" "$build/python.res"
    "$cc" -O2 -s -shared -o "$home/bcryptprimitives.dll" "$here/prng.c" -ladvapi32
    # python3.dll, which abi3 wheels ask for, hands every name on to python3XX.dll
    {
        echo "LIBRARY python3.dll"
        echo EXPORTS
        x86_64-w64-mingw32-objdump -p "$home/python$tag.dll" | awk -v dll="python$tag" '
            /\[Ordinal\/Name Pointer\] Table/ { on = 1; next }
            /^$/ { on = 0 }
            on && /\[ *[0-9]+\]/ { print $NF " = " dll "." $NF }'
    } >"$build/python3.def"
    : >"$build/none.c"
    "$cc" -shared -nostdlib -Wl,-e,0 -o "$home/python3.dll" "$build/none.c" "$build/python3.def"
    echo "$made" >"$home/.made"
fi

# ---- a Chinese locale, where root can make one --------------------------------------------------------------------
if [ "$(id -u)" = 0 ] && ! locale -a | grep -qi '^zh_CN\.utf-\?8$'; then
    localedef -i zh_CN -f UTF-8 zh_CN.UTF-8
fi

# ---- what runs it --------------------------------------------------------------------------------------------------
cat >"$root/env" <<SH
export WINEPREFIX=$(printf %q "$root/prefix") WINEARCH=win64 WINEDEBUG=\${WINEDEBUG:--all} WINEDLLOVERRIDES="$WINEDLLOVERRIDES"
# Linux's own: the paths mean nothing there, and a UTF-8 locale carries arguments through whole.
unset SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE PYTHONPATH PYTHONHOME XDG_CONFIG_HOME XDG_DATA_HOME \
    XDG_RUNTIME_DIR TMPDIR VIRTUAL_ENV
export LANG=\${WINE_LANG:-C.UTF-8} LC_ALL=\${WINE_LANG:-C.UTF-8}
PYTHONPATH=\${WINDOWS_PYTHONPATH:-} && [ -z "\$PYTHONPATH" ] || export PYTHONPATH
SH
write() { # writes one of them: write NAME LINE...
    local name=$1
    shift
    printf '%s\n' "#!/usr/bin/env bash" ". $(printf %q "$root/env")" "$@" >"$root/$name"
    chmod +x "$root/$name"
}
pipes="exec python3 -I $(printf %q "$here/pipes.py")"
write wine "$pipes \"\$@\""
write python "$pipes 'C:\\python\\python.exe' \"\$@\""
# e.g. under Xvfb: DIR/desktop -m tray_app run & then xdotool clicks the icon at the lower right, import takes a picture
write desktop "exec wine explorer /desktop=tray,1024x768 'C:\\python\\python.exe' \"\$@\" </dev/null 2>&1 | cat"
write plain 'exec wine "$@"'
write end "timeout 20 wineserver -k; timeout 20 wineserver -w"

# ---- the project's dependencies for Windows ----------------------------------------------------------------------
if [ ${#locks[@]} -gt 0 ]; then
    wanted=$(cat "${locks[@]}" | sha256sum)
    if [ "$(cat "$root/locks.made" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$home/Lib/site-packages" "$root/locks.made"
        for lock in "${locks[@]}"; do windows_packages "$home/Lib/site-packages" "$lock"; done
        echo "$wanted" >"$root/locks.made"
    fi
fi

"$root/python" -c "
import asyncio, ctypes, sqlite3, ssl, sys
print('Python', sys.version.split()[0], 'on', sys.platform, sys.getwindowsversion()[:3], 'SQLite', sqlite3.sqlite_version)" </dev/null
