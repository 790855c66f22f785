# On a fresh Debian or Ubuntu machine, each target first installs the packages that it needs.
export DATA SPLIT BUDGET TIME OUT OFFLINE MPI

sources = $(shell find src tests bench python examples -name '*.h' -o -name '*.cpp')
build_preset = cmake --preset $(1) $(3) && cmake --build --preset $(1) --target $(2)
# Tests run side by side, so that a thread that waits by spinning would take another test's time.
run_tests = ctest --test-dir build/$(1) --output-on-failure -j $(shell nproc) --no-tests=error
# Python's packages of the tests, which are skipped, and say so, where PyPI cannot be reached.
python_packages = python3 -m venv build/python && build/python/bin/pip install --quiet -r tests/requirements.txt \
	|| echo "make: NO PYTHON PACKAGES: the tests of the Python package, exported networks and the server's document are SKIPPED" >&2

.PHONY: help run build test asan tsan onednn3 fuzz soak package bench format check-format tidy clean

help:  ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /make \1\t/p' Makefile | expand -t 19

run: build  ## find the best MLP and CNN, and report how  (DATA=DIR SPLIT=NAME BUDGET=quick|standard|full TIME=10m OUT=DIR OFFLINE=1 MPI=1)
	tools/run.sh

build:  ## install what is missing and build  (MPI=1: with sharing among machines)
	tools/setup.sh $(if $(MPI),--mpi)
	$(call build_preset,release,inkling,$(if $(MPI),-DINKLING_MPI=ON))

test:  ## build and run the tests
	tools/setup.sh --tests
	$(python_packages)
	$(call build_preset,release,all,-DINKLING_TESTS=ON)
	$(call run_tests,release)

asan:  ## the tests under the address and undefined-behaviour sanitizers  (ROOMS="core nn": of these rooms)
tsan:  ## the tests under the thread sanitizer  (ROOMS="core nn": of these rooms)
tsan: export TSAN_OPTIONS = suppressions=$(CURDIR)/tools/tsan.supp
space := $(subst ,, )
asan tsan:
	tools/setup.sh --tests
	$(python_packages)
	$(call build_preset,$@,$(if $(ROOMS),$(ROOMS:%=test_%),all),-DINKLING_TESTS=ON)
	$(call run_tests,$@) $(if $(ROOMS),-R '^($(subst $(space),|,$(strip $(ROOMS))))[-.]')

onednn3:  ## the tests with oneDNN 3, from PyPI
	tools/setup.sh --tests --onednn3
	python3 -m venv build/onednn3/python
	build/onednn3/python/bin/pip install --quiet onednn-devel-cpu-gomp==2023.2.0 onednn-cpu-gomp==2023.2.0
	$(call build_preset,onednn3,all,-DINKLING_TESTS=ON)
	$(call run_tests,onednn3)

fuzz: TIME := $(or $(TIME),60)
fuzz:  ## each reader of bytes from outside under libFuzzer  (TIME=SECONDS of each, READERS="csv npz": these)
	tools/setup.sh --fuzz
	tools/fuzz.sh $(TIME) $(READERS)

soak: onednn3 asan tsan package  ## what takes long: other builds' tests, fuzzing, packages and wheel in a bare root, the tests with many more mutated files and killed trainings
	$(MAKE) fuzz TIME=600
	tools/check_package.sh
	tools/wheel.sh build/wheels
	tools/check_wheel.sh build/wheels
	tools/setup.sh --tests
	$(call build_preset,release,all,-DINKLING_TESTS=ON)
	INKLING_SOAK=1 $(call run_tests,release)

package:  ## Debian packages of the program and the library, in build/package
	tools/setup.sh --package
	cmake --preset release -B build/package -DINKLING_TESTS=OFF -DINKLING_ONNX=ON -DCMAKE_INSTALL_PREFIX=/usr
	cmake --build build/package
	tools/man_pages.sh build/package/inkling build/package/man
	gzip -9nf build/package/man/*.1
	cd build/package && cpack

bench:  ## benchmarks of the kernels, beside what the processor can do  (MPI=1: and of trainings that processes share)
	tools/setup.sh --bench $(if $(MPI),--mpi)
	$(call build_preset,release,bench_kernels planted_studies planted_finals cluster_simulation shared_training,-DINKLING_BENCH=ON $(if $(MPI),-DINKLING_MPI=ON))
	build/release/bench/bench_kernels --benchmark_counters_tabular=true

format:  ## lay out the sources as .clang-format says
	tools/setup.sh --checks
	clang-format-14 -i $(sources)

check-format:  ## whether the sources are laid out so
	tools/setup.sh --checks
	clang-format-14 --dry-run -Werror $(sources)

tidy:  ## static analysis as .clang-tidy says
	tools/setup.sh --checks
	cmake --preset release -B build/tidy -DINKLING_INSTRUCTION_SETS=v3 -DINKLING_HAS_NO_GNU_UNIQUE=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON  # flags that clang knows too
	python3 -m venv build/tidy/python
	build/tidy/python/bin/pip install --quiet clang-tidy==23.1.4  # a quarter of the time of Debian's 14
	build/tidy/python/bin/run-clang-tidy.py -clang-tidy-binary build/tidy/python/bin/clang-tidy -quiet -p build/tidy \
		-extra-arg=-idirafter$(shell g++ -print-file-name=include) $(CURDIR)/src/  # g++'s omp.h

clean:  ## remove what was built; runs and studies stay
	rm -rf build
