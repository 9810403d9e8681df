namespace Dla.Models;

/// <summary>Who publishes a weight file.</summary>
public enum WeightSource
{
    /// <summary>timm's repositories on Hugging Face: safetensors, all variants. The default.</summary>
    Timm,

    /// <summary>The authors' files of 2018, by plain HTTP where there is no mirror; the file's name has the beginning of its hash.</summary>
    Official,

    /// <summary>The authors' later trainings of dla34 and dla102 "with tricks": other weights, about 1.5 points more accurate.</summary>
    OfficialTricks,

    /// <summary>timm's older releases on GitHub: the authors' weights, without the tensors that are never used.</summary>
    Release,

    /// <summary>The PaddlePaddle port. Its dla34 and dla102 are the trainings with tricks. No hash is published.</summary>
    Paddle,
}
