/* A network that Keras trained and that came with the page. */
"use strict";

/** The network that Keras trained, its weights 128ths in 8 bits (tests/lab/write_data.py). */
function labDrawnNetwork({ specs, weights }) {
  const network = labNetwork(specs, "squared_error", labRandom(0));
  const bytes = Int8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
  const numbers = Float32Array.from(bytes, (k) => k / 128);
  let at = 0;
  for (const { value } of network.parameters) {
    value.set(numbers.subarray(at, at + value.length));
    at += value.length;
  }
  return network;
}
