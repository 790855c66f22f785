#include "core/headroom.h"

#include <sys/mman.h>

#include <new>

namespace inkling {

void require_headroom(std::size_t bytes) {
    // Address space alone: nothing is touched, so that this costs two calls of the system and no memory.
    void* const space = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) throw std::bad_alloc();
    ::munmap(space, bytes);
}

}  // namespace inkling
