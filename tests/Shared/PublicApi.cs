using System.Reflection;
using System.Text;

namespace Dla.Tests;

/// <summary>Lists what an assembly offers to others, one member a line, and compares it with an approved listing.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Fails when the assembly's public API differs from <c>tests/golden/api/NAME.txt</c>, copied to <c>api/</c> beside the tests.</summary>
    public static void MustBeApproved(Assembly assembly)
    {
        var name = assembly.GetName().Name!;
        var approvedPath = Path.Combine(AppContext.BaseDirectory, "api", name + ".txt");
        var approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath) : "";
        var actual = List(assembly);
        if (actual == approved) return;
        var receivedPath = Path.Combine(AppContext.BaseDirectory, "api", name + ".received.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(receivedPath)!);
        File.WriteAllText(receivedPath, actual);
        var (before, after) = (approved.Split('\n').ToHashSet(), actual.Split('\n').ToHashSet());
        Assert.Fail($"The public API of {name} is not the approved " +
            $"one.\n{string.Join('\n', before.Except(after).Select(l => "- " + l).Concat(after.Except(before).Select(l => "+ " + l)))}\n" +
            $"If the change is meant, accept it: cp {receivedPath} tests/golden/api/{name}.txt");
    }

    public static string List(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetTypes().Where(t => t.IsVisible).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(type.Namespace).Append('.').Append(Name(type)).Append(Bases(type)).Append('\n');
            foreach (var line in type.GetMembers(Declared).Where(IsVisible).Select(m => Line(type, m)).Where(l => l.Length > 0).Distinct()
                .Order(StringComparer.Ordinal))
                text.Append("    ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        _ => (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + (type.GetMethod("<Clone>$") is null ? "class" : "record"),
    };

    private static string Bases(Type type)
    {
        var bases = type.IsEnum || type.IsValueType ? [] : type.BaseType is { } b && b != typeof(object) ? new List<Type> { b } : [];
        bases.AddRange(type.GetInterfaces().Where(i => i.IsVisible && !(type.BaseType?.GetInterfaces().Contains(i) ?? false) && !type.IsEnum
            && !Name(i).StartsWith("IEquatable", StringComparison.Ordinal)).OrderBy(Name, StringComparer.Ordinal));
        return bases.Count == 0 ? "" : " : " + string.Join(", ", bases.Select(Name));
    }

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly,
        FieldInfo f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly,
        PropertyInfo p => p.GetAccessors(true).Any(IsVisible),
        EventInfo e => IsVisible(e.AddMethod!),
        _ => false,
    };

    private static string Line(Type type, MemberInfo member) => member switch
    {
        _ when member.Name.StartsWith('<') || member.Name is "EqualityContract" or "PrintMembers" or "value__" => "",
        MethodInfo { IsSpecialName: true } m when !m.Name.StartsWith("op_", StringComparison.Ordinal) => "",
        MethodInfo m when m.Name is "op_Equality" or "op_Inequality" or "GetHashCode" or "ToString" or "Equals" or "Deconstruct" => "",
        ConstructorInfo c when c.GetParameters() is [var only] && only.ParameterType == type => "",
        ConstructorInfo c => $"{Access(c)}{Name(type)}({Parameters(c)})",
        MethodInfo { IsGenericMethod: true } m =>
            $"{Access(m)}{Name(m.ReturnType)} {m.Name}<{string.Join(", ", m.GetGenericArguments().Select(Name))}>({Parameters(m)})",
        MethodInfo m => $"{Access(m)}{Name(m.ReturnType)} {m.Name}({Parameters(m)})",
        PropertyInfo p => $"{Access(p.GetAccessors(true)[0])}{Name(p.PropertyType)} {p.Name} " +
            $"{{{(p.GetMethod is { } g && IsVisible(g) ? " get;" : "")}{(p.SetMethod is { } s && IsVisible(s) ? IsInit(s) ? " init;" : " set;" : "")} }}",
        FieldInfo f when type.IsEnum => $"{f.Name} = {Convert.ToInt64(f.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture)}",
        FieldInfo f => $"{(f.IsLiteral ? "const " : f.IsStatic ? "static " : "")}{Name(f.FieldType)} {f.Name}",
        _ => $"event {member.Name}",
    };

    private static string Access(MethodBase m) =>
        (m.IsFamily ? "protected " : "") + (m.IsStatic && !m.IsConstructor ? "static " : m.IsAbstract ? "abstract " : "");

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Any(t => t.Name == "IsExternalInit");

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{(p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "")}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {Default(p)}" : "")}"));

    private static object Default(ParameterInfo p) => p.RawDefaultValue is string s ? $"\"{s}\"" : p.RawDefaultValue ?? "default";

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } inner) return Name(inner) + "?";
        var name = type.IsNested && !type.IsGenericParameter ? Name(type.DeclaringType!) + "." + type.Name : type.Name;
        return type.IsGenericType && name.Contains('`') ? $"{name[..name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
