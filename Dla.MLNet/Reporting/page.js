// Sorts a table by the column whose heading is pressed; without scripts the table is as it was written.
for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.onclick = () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      heads.forEach(h => h.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const value = row => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const compare = (a, b) => isNaN(value(a)) || isNaN(value(b)) ? value(b).localeCompare(value(a)) : value(b) - value(a);
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort((a, b) => down ? compare(a, b) : compare(b, a)));
    };
  });
}
