namespace Dla.Models;

/// <summary>How a weight file is laid out; told by its content, never by its name.</summary>
public enum CheckpointFormat
{
    /// <summary>PyTorch before 1.6: pickles, then the storages one after the other. The official DLA files of 2018 are these.</summary>
    PyTorchLegacy,

    /// <summary>PyTorch 1.6 and later: a zip archive with <c>data.pkl</c> and one entry per storage.</summary>
    PyTorchZip,

    /// <summary>safetensors: a JSON header, then the values. What this project writes.</summary>
    Safetensors,

    /// <summary>PaddlePaddle <c>.pdparams</c>: one pickle of NumPy arrays.</summary>
    Paddle,
}
