# shellcheck shell=sh
# ./task and setup.sh source this file, with $root set to the repository. It fetches pinned wheels with the installed pip (and so with its index, proxy and
# certificates), and checks their hashes.

root=${root:?set by whoever sources this}

say() { printf 'setup: %s\n' "$*" >&2; }

# The machine that the wheels are for: this one, unless the script that sources this file sets another.
wheel_machine=${wheel_machine:-$(uname -s)-$(uname -m)}

# pin NAME: prints version, platform tag and hash of the wheel for the machine, or nothing.
pin() {
	awk -v name="$1" -v machine="$wheel_machine" \
		'$1 == name && $3 == machine { print $2, $4, $5 }' "$root/internal/setup/wheels.txt"
}

# unpack NAME FOLDER: fetches the wheel and unpacks it into FOLDER/NAME. It always takes the wheel for CPython 3.11, whatever Python is installed, because
# only its native libraries are used.
unpack() {
	# shellcheck disable=SC2046 # the pin has three words
	set -- "$1" "$2" $(pin "$1")
	[ $# = 5 ] || { say "$1: no wheel for $wheel_machine"; return 1; }
	python3 -m pip --version >/dev/null 2>&1 || { say "$1: needs python3 with pip"; return 1; }
	say "fetching $1 $3"
	mkdir -p "$2/$1"
	printf '%s==%s --hash=sha256:%s\n' "$1" "$3" "$5" >"$2/$1.txt"
	PIP_REQUIRE_VIRTUALENV=false PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip download \
		--quiet --no-deps --require-hashes --only-binary=:all: --implementation cp \
		--python-version 3.11 --platform "$4" --dest "$2" --requirement "$2/$1.txt" >&2 &&
		python3 -m zipfile -e "$2/$(printf %s "$1" | tr - _)-$3"-*.whl "$2/$1"
}
