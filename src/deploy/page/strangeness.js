// How unlike all characters an image is to a network: src/train/strangeness.h says how that is measured.

// The strangeness of logits as a function of them, over the most that a character may have: above 1 they are of none.
// Where the network has no such measure, nothing is strange.
async function loadStrangeness({classes, strangeness}) {
  if (strangeness === null) return () => 0;
  const size = classes.length;
  const numbers = new Float32Array(await unpack(strangeness.numbers));
  const whitening = numbers.subarray(0, size * size);
  const centres = numbers.subarray(size * size);
  return (logits) => {
    const place = Float64Array.from({length: size}, (_, row) => {
      let sum = 0;
      for (let column = 0; column <= row; ++column) sum += whitening[row * size + column] * logits[column];
      return sum;
    });
    let least = Infinity;
    for (let begin = 0; begin < centres.length; begin += size)
      least = Math.min(least, place.reduce((sum, value, i) => sum + (value - centres[begin + i]) ** 2, 0));
    return least / strangeness.most;
  };
}
