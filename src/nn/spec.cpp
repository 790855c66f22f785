#include "nn/spec.h"
