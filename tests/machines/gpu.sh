#!/bin/bash
# What a machine with a GPU is lent for, in one go: the GPU tests, and the published experiments that
# take hours on two cores.
#
#   KERAS_BACKEND=jax AE_COURSE_DATA=FOLDER_WITH_MNIST bash tests/machines/gpu.sh OUT [SHARE]
#
# OUT gets a log and a folder of results for each part, written as the parts go on: what is there
# counts, whatever cuts the run off. SHARE (1) scales every budget, for a dry run. Short trials come
# first; if one of them fails nothing else is begun.
set -u
OUT=$1 SHARE=${2:-1}
PYTHON=${PYTHON:-python3}
LIMIT=${LIMIT:-570}          # seconds, for all of it
END=$((SECONDS + LIMIT))
mkdir -p "$OUT"
export XLA_PYTHON_CLIENT_PREALLOCATE=false AE_COURSE_PROGRESS=off PYTHONUNBUFFERED=1
export JAX_COMPILATION_CACHE_DIR=${JAX_COMPILATION_CACHE_DIR:-/tmp/jax-cache}
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0.2

run() {  # run PART ARGUMENTS...: an experiment, until the time is over
    local part=$1 left=$((END - SECONDS))
    shift
    timeout "$left" "$PYTHON" -m ae_course.cli reproduce "$@" --out "$OUT/$part" >>"$OUT/$part.log" 2>&1
    echo "$part: exit $? after $SECONDS s" | tee -a "$OUT/$part.log"
}

scaled() { "$PYTHON" -c "print(f'{$1 * $SHARE:g}')"; }

trial() { OUT=/tmp/gpu-trial run "$@"; tail -n 3 "/tmp/gpu-trial/$1.log"; }
rm -rf /tmp/gpu-trial && mkdir -p /tmp/gpu-trial
trial a mnist --seeds 2 --budget 0.004 --train 2560 --methods 'Boltz|GELU' &
trial b iwae --seeds 2 --budget 0.0004 --train 1000 --methods 'IWAE, k = 5$' &
wait
[ -f /tmp/gpu-trial/a/mnist.json ] && [ -f /tmp/gpu-trial/b/iwae.json ] || exit 1

if [ "${TESTS:-on}" = on ]; then
    timeout $((END - SECONDS)) "$PYTHON" -m pytest -q -p no:cacheprovider \
        tests/unit/training/test_gpu.py tests/unit/models/test_autoencoder.py \
        tests/unit/training/test_together.py tests/unit/training/test_jax_loop.py \
        tests/unit/training/test_compiled_loop.py >"$OUT/tests.log" 2>&1 &
fi
run iwae iwae --budget "$(scaled 0.05)" &
for variant in basic rot bg-rand; do
    run "$variant" "mnist-$variant" --budget "$SHARE" --methods 'layers|AE' &
    JAX_PLATFORMS=cpu run "$variant-svm" "mnist-$variant" --budget "$SHARE" --methods SVM &
done
run mnist mnist --budget "$SHARE"
run curves curves --budget "$SHARE" --methods Boltzmann
run momentum momentum-curves --budget "$(scaled 0.1)"
wait
tail -n 2 "$OUT"/*.log
