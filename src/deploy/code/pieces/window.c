/* A square window that slides over planes of (height, width) and stops at (rows, columns) places. */
typedef struct {
    int height, width, rows, columns, kernel, stride, padding;
} Window;
