#!/bin/bash
# What a machine with a GPU is lent for: the GPU tests, and the published experiments that take hours
# on two cores.
#
#   KERAS_BACKEND=jax AE_COURSE_DATA=FOLDER_WITH_MNIST bash tests/machines/gpu.sh OUT [PART ...]
#
# The parts run one after another, for parts that compute side by side slow each other down by more
# than they save (seen on an H200 with 16 cores). OUT gets a log and a folder of results for each,
# written as they go on: what is there counts, whatever cuts the run off, and the same command goes on
# from it. SHARE scales every budget, for a dry run; LIMIT is the number of seconds for all of it.
set -u
OUT=$1
shift
PARTS=${*:-tests mnist iwae momentum curves}
PYTHON=${PYTHON:-python3} SHARE=${SHARE:-1} END=$((SECONDS + ${LIMIT:-570}))
mkdir -p "$OUT"
export XLA_PYTHON_CLIENT_PREALLOCATE=false AE_COURSE_PROGRESS=off PYTHONUNBUFFERED=1
export JAX_COMPILATION_CACHE_DIR=${JAX_COMPILATION_CACHE_DIR:-/tmp/jax-cache}
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0.2

run() {  # run ARGUMENTS...: in the time that is left
    local left=$((END - SECONDS)) began=$SECONDS
    if [ "$left" -lt 5 ]; then echo "$part: no time left"; return; fi
    timeout "$left" "$PYTHON" -m "$@" >>"$OUT/$part.log" 2>&1
    echo "$part: exit $? after $((SECONDS - began)) s"
}

reproduce() {  # reproduce NAME BUDGET ARGUMENTS...
    local name=$1 budget
    budget=$("$PYTHON" -c "print(f'{$2 * $SHARE:g}')")
    shift 2
    run ae_course.cli reproduce "$name" --budget "$budget" --out "$OUT/$part" "$@"
}

for part in $PARTS; do
    case $part in
    tests)
        run pytest -q -p no:cacheprovider tests/unit/training/test_gpu.py \
            tests/unit/models/test_autoencoder.py tests/unit/training/test_together.py \
            tests/unit/training/test_jax_loop.py tests/unit/training/test_compiled_loop.py
        ;;
    mnist) reproduce mnist 1 ;;
    curves) reproduce curves 1 --methods Boltzmann ;;
    iwae) reproduce iwae 0.05 ;;
    momentum) reproduce momentum-curves 0.1 ;;
    basic | rot | bg-rand) reproduce "mnist-$part" 1 ;;
    *) echo "there is no part $part" ;;
    esac
done
tail -n 3 "$OUT"/*.log
