/**
 * Class relevance of one window as shares of its patches: "what argued for Jazz".
 *
 * Definition: gradient times attention, layer by layer (Chefer, Gur, Wolf 2021, "Generic Attention-model Explainability
 * for Interpreting Bi-Modal and Encoder-Decoder Transformers", the rule for self-attention; the graph's docstring has the
 * formula). The class token's own entry is left out and the patches are divided by their sum, so that windows can be
 * laid beside each other; how strongly a window argued at all is lost with that, and its probability says it better.
 *
 * What it does not claim: it is no cause and no amount of the probability. Only attention with a positive gradient is
 * counted, so nothing is said of what argued against the class; gradients are those of this input, not of one without the
 * patch; what reaches the answer by other ways than attention (the MLPs' own work, the residual stream) is not seen. How far
 * it names the patches that move the answer is measured by `faithfulness.ts`.
 *
 * @param relevance output `relevance` of the graph for one window: class token first, then the patches, row-major from the
 *   first image row on
 * @returns one share for each patch, at least 0, sum 1; all 0 where nothing argued for the class
 * @throws RangeError for a row without patches or with a value that is negative or not finite: the graph gives none
 */
export function relevanceShares(relevance: Float32Array): Float32Array<ArrayBuffer> {
  if (relevance.length < 2) throw new RangeError(`a relevance of ${relevance.length} values has no patches`);
  const shares = relevance.slice(1);
  let sum = 0;
  for (const value of shares) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`a relevance of ${value}`);
    sum += value;
  }
  if (sum === 0) return shares;
  for (let patch = 0; patch < shares.length; patch += 1) shares[patch] = shares[patch]! / sum;
  return shares;
}
