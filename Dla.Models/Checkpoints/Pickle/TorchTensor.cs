namespace Dla.Models;

/// <summary>A tensor that a PyTorch pickle describes: a view of a storage, whose values may count with the other sign.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides, bool IsNegated);
