using System.Globalization;

namespace Dla.MLNet;

/// <summary>Counts what folders hold and a walk through them leaves out, and says so in sentences.</summary>
internal sealed class LeftOutFiles
{
    /// <summary>Different endings that are counted one by one, and those that are named.</summary>
    private const int MostEndings = 1000, NamedEndings = 5;

    private const string Others = "others";

    private readonly Dictionary<string, long> _endings = [];
    private long _files, _links, _specials;
    private string? _firstLink, _firstSpecial;

    /// <summary>Adds a file whose name does not end as an image's.</summary>
    public void AddEnding(string name)
    {
        var ending = Path.GetExtension(name).ToLowerInvariant();
        if (ending.Length == 0) ending = "without an ending";
        if (ending.Length > 20 || (_endings.Count >= MostEndings && !_endings.ContainsKey(ending))) ending = Others;
        _endings[ending] = _endings.GetValueOrDefault(ending) + 1;
        _files++;
    }

    /// <summary>Adds a link to a folder that is not followed.</summary>
    public void AddLink(string path)
    {
        _firstLink ??= path;
        _links++;
    }

    /// <summary>Adds a pipe, socket or device that is named as an image.</summary>
    public void AddSpecial(string path)
    {
        _firstSpecial ??= path;
        _specials++;
    }

    /// <summary>A sentence or two for each kind of what was left out; none where nothing was.</summary>
    /// <param name="folder">The folder that was walked through.</param>
    public IEnumerable<string> Describe(string folder)
    {
        if (_files > 0)
        {
            var named = _endings.Where(e => e.Key != Others).OrderByDescending(e => e.Value).ThenBy(e => e.Key, StringComparer.Ordinal).Take(NamedEndings)
                .ToList();
            var others = _files - named.Sum(e => e.Value);
            var list = string.Join(", ", named.Select(e => Number($"{e.Value:N0} {e.Key}")).Concat(others > 0 ? [Number($"{others:N0} others")] : []));
            yield return $"'{folder}': {Count(_files, "file was", "files were")} left out because of the ending: {list}. " +
                $"Images end in {string.Join(", ", DlaImageFiles.Extensions)}.";
        }
        if (_links > 0)
            yield return $"'{folder}': {Count(_links, "link to a folder was", "links to folders were")} not followed, first '{_firstLink}'. " +
                "Follow them with --follow-links, or FollowLinks in code.";
        if (_specials > 0)
            yield return $"'{folder}': {Count(_specials, "pipe, socket or device was", "pipes, sockets or devices were")} left out, first '{_firstSpecial}'. " +
                "Name a pipe itself to read it.";
    }

    private static string Count(long count, string one, string many) => Number($"{count:N0} {(count == 1 ? one : many)}");

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
